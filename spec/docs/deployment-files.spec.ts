import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { describeWhereThere } from '../describe-where-there.ts'
import { blocks } from './deployed.ts'

/** As much of a manifest as is looked at. */
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly selector: unknown
    readonly ports: readonly { readonly targetPort: string }[]
    readonly template: { readonly metadata: { readonly labels: unknown }; readonly spec: PodSpec }
  }
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly Container[]
}
interface Container extends Readonly<Record<`${'startup' | 'liveness' | 'readiness'}Probe`, Probe>> {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources: { readonly limits: { readonly memory: string } }
  readonly env: readonly { readonly name: string; readonly value: string }[]
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

const main = blocks('ts', '// main.ts')[0]!

/** What an option of `serve` is in the page's main.ts, in ms. */
function served(option: string): number {
  return Number(new RegExp(`${option}: ([\\d_]+)`).exec(main)![1]!.replaceAll('_', ''))
}

const longestEnd = (served('drainDelayMs') + served('graceMs') + 1_000) / 1_000

describe('Kubernetes', () => {
  const manifests = parseAllDocuments(blocks('yaml', 'kind: Deployment')[0]!).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!
    return document.toJS() as Manifest
  })
  const [deployment, service, budget] = manifests.map(({ spec }) => spec)
  const pod = deployment!.template
  const [container] = pod.spec.containers

  it('describes one app throughout', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual(['Deployment', 'Service', 'PodDisruptionBudget'])
    const labels = pod.metadata.labels
    expect([deployment!.selector, service!.selector, budget!.selector]).toEqual([
      { matchLabels: labels },
      labels,
      { matchLabels: labels },
    ])
  })

  it('waits longer than the server takes to end', () => {
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(longestEnd)
  })

  it("asks and serves the ports of main.ts, at the server's own paths", () => {
    const ports = new Map(container!.ports.map(({ name, containerPort }) => [name, String(containerPort)]))
    expect(main).toContain(`HTTP_PORT = '${ports.get('http')}', GRPC_PORT = '${ports.get('grpc')}'`)
    expect(service!.ports.map(({ targetPort }) => targetPort)).toEqual([...ports.keys()])
    const probes = [container!.startupProbe, container!.livenessProbe, container!.readinessProbe]
    expect(probes.map(({ httpGet }) => [httpGet.path, httpGet.port])).toEqual([
      ['/live', 'http'],
      ['/live', 'http'],
      ['/ready', 'http'],
    ])
    const grpc = parse(blocks('yaml', 'grpc: {')[0]!) as Record<string, { grpc: { port: number } }>
    expect(Object.values(grpc).map((probe) => String(probe.grpc.port))).toEqual([
      ports.get('grpc'),
      ports.get('grpc'),
    ])
  })

  it('leaves room beside the heap', () => {
    const options = container!.env.find(({ name }) => name === 'NODE_OPTIONS')!.value
    const heap = Number(/--max-old-space-size=(\d+)/.exec(options)![1])
    expect(heap).toBe(Number(/^(\d+)Mi$/.exec(container!.resources.limits.memory)![1]) * 0.75)
  })

  it('waits in preStop as long as drainDelayMs would', () => {
    const { lifecycle } = parse(blocks('yaml', 'preStop')[0]!) as {
      lifecycle: { preStop: { sleep: { seconds: number } } }
    }
    expect(lifecycle.preStop.sleep.seconds * 1_000).toBe(served('drainDelayMs'))
  })
})

describe('Docker', () => {
  // Instructions, each with its arguments.
  const lines = blocks('dockerfile')[0]!
    .split('\n')
    .filter((line) => line !== '')
  const steps = lines.map((line) => /^([A-Z]+) (.+)$/.exec(line)?.slice(1) ?? [line])
  const all = (wanted: string): string[] => steps.filter(([name]) => name === wanted).map(([, rest]) => rest!)

  it('has nothing but instructions', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD']
    expect(steps.filter(([name]) => !known.includes(name!))).toEqual([])
  })

  it('takes from its first stage what runs in the last, as a user without rights', () => {
    expect(all('FROM')).toHaveLength(2)
    const [name] = all('FROM').map((from) => / AS (\w+)$/.exec(from)?.[1])
    const last = steps.slice(steps.findLastIndex(([step]) => step === 'FROM'))
    const copies = last.filter(([step]) => step === 'COPY').map(([, rest]) => rest)
    expect(copies.every((copy) => copy!.startsWith(`--from=${name} `))).toBe(true)
    expect(last.findIndex(([step]) => step === 'USER')).toBeLessThan(
      last.findIndex(([step]) => step === 'CMD'),
    )
    expect(all('USER')).toEqual(['node'])
  })

  it('makes node process 1, and asks a server that lives', () => {
    expect(JSON.parse(all('CMD')[0]!)).toEqual(['node', 'dist/main.js'])
    const health = JSON.parse(all('HEALTHCHECK')[0]!.replace(/^CMD /, '')) as string[]
    expect(health.slice(0, 2)).toEqual(['node', '-e'])
    expect(health[2]).toContain('127.0.0.1:8080/live')
    const { status } = spawnSync(process.execPath, ['--check', '-'], { input: health[2]! })
    expect(status).toBe(0)
  })
})

describe('Envoy', () => {
  interface Route {
    readonly route: { readonly cluster: string; readonly timeout: string }
  }
  const config = parse(blocks('yaml', 'static_resources')[0]!) as {
    static_resources: {
      listeners: [{ filter_chains: [{ filters: [{ typed_config: HttpManager }] }] }]
      clusters: {
        name: string
        load_assignment: { cluster_name: string }
        typed_extension_protocol_options?: object
      }[]
    }
  }
  interface HttpManager {
    readonly upgrade_configs: unknown
    readonly route_config: { readonly virtual_hosts: [{ readonly routes: readonly Route[] }] }
  }
  const { listeners, clusters } = config.static_resources
  const manager = listeners[0].filter_chains[0].filters[0].typed_config

  it('routes to clusters that are there, without an end of its own', () => {
    const { routes } = manager.route_config.virtual_hosts[0]
    expect(routes.map(({ route }) => route.timeout)).toEqual(['0s', '0s'])
    expect(routes.map(({ route }) => route.cluster).toSorted()).toEqual(
      clusters.map(({ name }) => name).toSorted(),
    )
    expect(clusters.map((cluster) => cluster.load_assignment.cluster_name)).toEqual(
      clusters.map(({ name }) => name),
    )
    expect(manager.upgrade_configs).toEqual([{ upgrade_type: 'websocket' }])
  })

  it('speaks HTTP/2 to the port of gRPC alone', () => {
    const http2 = clusters.filter((cluster) => JSON.stringify(cluster).includes('http2_protocol_options'))
    expect(http2.map(({ name }) => name)).toEqual(['numbers_grpc'])
  })
})

describe('systemd', () => {
  const unit = blocks('ini', '[Service]')[0]!
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1]

  it('sends SIGTERM, waits longer than the server takes to end, and starts it again when it failed', () => {
    expect(value('KillSignal')).toBe('SIGTERM')
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(longestEnd)
    expect(value('Restart')).toBe('on-failure')
    expect(value('ExecStart')).toMatch(/^\/\S+\/node dist\/main\.js$/)
  })
})

const { error } = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' })
describeWhereThere(
  'systemd-analyze',
  error && { reason: 'it is a part of systemd, which containers do not have', outOfReach: true },
  () => {
    it('finds no fault with the unit', () => {
      const home = mkdtempSync(path.join(tmpdir(), 'microapi-unit-'))
      onTestFinished(() => rmSync(home, { recursive: true, force: true }))
      // Where this machine has node: whether the command is there is looked at too.
      const unit = blocks('ini', '[Service]')[0]!.replace('/usr/bin/node', process.execPath)
      const file = path.join(home, 'numbers.service')
      writeFileSync(file, unit)
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      })
      const complaints = stderr.split('\n').filter((line) => line.includes('numbers.service'))
      expect([status, complaints]).toEqual([0, []])
    })
  },
)
