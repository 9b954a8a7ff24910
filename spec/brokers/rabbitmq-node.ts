/** A RabbitMQ node of one's own: a process on free ports, with its folder in the system's place for passing things. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Where Debian's package has it. */
const script = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** How long it may take until it answers, in ms; seen are 6 to 20 s. */
const patienceMs = 90_000

/** What is missing for a node, if it is. */
export function whatNodeLacks(): string | undefined {
  return existsSync(script) ? undefined : 'RabbitMQ is missing: npm run setup:brokers, or set AMQP_URL'
}

/** A node that runs. */
export interface RabbitNode {
  readonly url: string
  /** What it calls itself. */
  readonly version: string
  /** Runs the management command with these arguments; rejects where it fails. */
  ctl(...args: readonly string[]): Promise<void>
  /** Ends it as a crash would; resolves when nothing answers on its port. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what it had on disk; resolves when it answers, and rejects where it does not. */
  restart(): Promise<void>
  /** Ends it at once, with all that belongs to it. */
  stop(): Promise<void>
}

/** Starts a node; rejects, with the end of what it printed, where it does not come up. */
export async function startNode(): Promise<RabbitNode> {
  const [port, distPort, epmdPort] = (await freePorts(3)) as [number, number, number]
  const home = mkdtempSync(path.join(tmpdir(), 'microapi-rabbitmq-'))
  const [mnesia, logs] = ['mnesia', 'logs'].map((name) => path.join(home, name)) as [string, string]
  for (const folder of [mnesia, logs]) mkdirSync(folder)
  writeFileSync(path.join(home, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${port}\n`)
  writeFileSync(path.join(home, 'plugins'), '[].\n')
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    RABBITMQ_NODENAME: `microapi-${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: mnesia,
    RABBITMQ_LOG_BASE: logs,
    RABBITMQ_PID_FILE: path.join(home, 'pid'),
    RABBITMQ_CONFIG_FILE: path.join(home, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(home, 'plugins'),
    // It shares the machine with those who call it: no spinning while it waits.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  }
  // A session of its own: a signal to the specs' group is none for it, the end of its input is.
  const child = spawn('bash', [fileURLToPath(new URL('rabbitmq-node.sh', import.meta.url)), script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
  })
  const isRunning = (): boolean => child.exitCode === null
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }
  const output = path.join(logs, 'output')
  const up = async (): Promise<void> => {
    if (await until(() => answers(port), isRunning)) return
    const said = existsSync(output) ? readFileSync(output, 'utf8').slice(-2_000) : 'nothing'
    await stop()
    throw new Error(`RabbitMQ did not answer in ${patienceMs} ms; it said: ${said}`)
  }
  await up()
  const version = /RabbitMQ (\S+)/.exec(readFileSync(output, 'utf8'))?.[1] ?? 'of an unknown version'
  const ctl = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)(path.join(path.dirname(script), 'rabbitmqctl'), args, { env })
  }
  const kill = async (): Promise<void> => {
    child.stdin.write('kill\n')
    if (await until(async () => !(await answers(port)), isRunning)) return
    throw new Error(`RabbitMQ still answered ${patienceMs} ms after it was killed`)
  }
  const restart = (): Promise<void> => {
    child.stdin.write('start\n')
    return up()
  }
  return { url: `amqp://127.0.0.1:${port}`, version, ctl, kill, restart, stop }
}

async function until(holds: () => Promise<boolean>, mayGoOn: () => boolean): Promise<boolean> {
  const end = Date.now() + patienceMs
  while (Date.now() < end && mayGoOn()) {
    if (await holds()) return true
    await pause(50)
  }
  return false
}

/** Whether a broker says something on the port: it does so when it is asked in no language of its own. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\0\0\x09\x01'))
    const settle = (isUp: boolean): void => {
      socket.destroy()
      resolve(isUp)
    }
    socket.once('data', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
