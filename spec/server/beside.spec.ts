import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  Empty,
  rpc,
  RpcError,
  serve,
  type AppOptions,
  type ServeOptions,
  type Services,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCall } from '../../lib/core/create-call.ts'
import type { Invoke } from '../../lib/core/call.ts'
import type { Description, OpenedApp, ServiceTable, Transport } from '../../lib/core/transport.ts'
import { carriedBy } from '../../lib/server/beside.ts'
import { createProbe } from '../../lib/testing/probe.ts'

const Ready = Type.Object({ ready: Type.Boolean() })
const contract = {
  work: defineService({ run: rpc.unary(Empty, Empty), rest: rpc.unary(Empty, Empty) }),
  own: defineService({ ready: rpc.unary(Empty, Ready), watch: rpc.serverStream(Empty, Ready) }),
}

/** An app with a service `work`, served by a transport that brings a service `own`. */
async function besides(
  { services: more = {}, ...options }: Partial<AppOptions<Services>> = {},
  serving: ServeOptions = {},
) {
  const probe = createProbe()
  const log = recordingLog()
  let seen: { describing: Description | undefined; invoke: Invoke } | undefined
  const ownServices = (describing: Description): ServiceTable => ({
    own: defineService({
      ready: rpc.unary(Empty, Ready, () => {
        if (probe.count('break') > 0) throw new Error('broken')
        return { ready: describing.ready() }
      }),
      watch: rpc.serverStream(Empty, Ready, async function* (_, { signal }) {
        try {
          yield { ready: describing.ready() }
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        } finally {
          probe.note('watch ended')
        }
      }),
    }),
  })
  const link = memory()
  const transport: Transport = {
    ...link,
    services: async (describing) => ownServices(describing),
    serve(invoke, describing) {
      seen = { describing, invoke }
      return link.serve(invoke, describing)
    },
  }
  const app = createApp({
    services: {
      work: defineService({
        run: rpc.unary(Empty, Empty, async () => {
          probe.note('run began')
          await probe.passed('run')
          return {}
        }),
        rest: rpc.unary(Empty, Empty, () => ({})),
      }),
      ...more,
    },
    log,
    onShutdown: () => probe.note('app stopped'),
    ...options,
  })
  const server = await serve(app, transport, { signals: false, ...serving })
  onTestFinished(() => server.close())
  const client = createClient(contract, link, { retry: false })
  onTestFinished(() => client.close())
  return {
    server,
    client,
    probe,
    log,
    described: seen!.describing!,
    /** A call as the transport makes it, whatever a client would say of the names. */
    invoke: (service: string, method: string) =>
      seen!.invoke(createCall({ service, method, input: {}, peer: { transport: 'test' } })),
  }
}

const denied = (): never => {
  throw new RpcError('UNAUTHENTICATED', 'nobody may call')
}

describe("a transport's own services", () => {
  it('are served and described beside the app', async () => {
    const { client, described } = await besides()
    expect(await client.own.ready()).toEqual({ ready: true })
    expect(await client.work.rest()).toEqual({})
    expect(described.methods.map(({ service, name }) => `${service}.${name}`)).toEqual([
      'work.run',
      'work.rest',
      'own.ready',
      'own.watch',
    ])
    expect(described.find('own', 'watch')).toMatchObject({ service: 'own', kind: 'serverStream' })
    expect(described.find('work', 'run')).toMatchObject({ service: 'work', kind: 'unary' })
    for (const [service, method] of [
      ['own', 'run'],
      ['work', 'ready'],
      ['toString', 'call'],
    ] as const)
      expect(described.find(service, method)).toBeUndefined()
  })

  it('stand outside of the middleware and the limits of the app', async () => {
    const { client } = await besides({ use: [denied] })
    await expect(client.work.rest()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await client.own.ready()).toEqual({ ready: true })

    const limits = { maxRunning: 1, maxRunningPerConnection: 1, maxWaitingPerConnection: 0 }
    const full = await besides({ limits })
    const running = full.client.work.run({})
    await full.probe.until('run began')
    await expect(full.client.work.rest()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    const watch = full.client.own.watch()
    expect((await watch.next()).value).toEqual({ ready: true })
    expect(await full.client.own.ready()).toEqual({ ready: true })
    full.probe.open('run')
    expect(await running).toEqual({})
  })

  it('take no place among the calls of the app', async () => {
    const { client } = await besides({ limits: { maxRunning: 1 } })
    const watches = [client.own.watch(), client.own.watch()]
    for (const watch of watches) await watch.next()
    expect(await client.work.rest()).toEqual({})
  })

  it('answer while the app drains, do not hold it up, and end with it', async () => {
    const { server, client, probe, log } = await besides({}, { graceMs: 60_000 })
    const running = client.work.run({})
    await probe.until('run began')
    const watch = client.own.watch()
    expect((await watch.next()).value).toEqual({ ready: true })
    const closing = server.close()
    await expect(client.work.rest()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await client.own.ready()).toEqual({ ready: false })
    probe.open('run')
    expect(await running).toEqual({})
    await expect(watch.next()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the server is shutting down',
    })
    await closing
    await probe.until('watch ended')
    expect(log.lines).toEqual([])
  })

  it('take no calls once the server has closed', async () => {
    const { server, invoke } = await besides()
    expect((await invoke('own', 'ready')).output).toEqual({ ready: true })
    await server.close()
    await expect(invoke('own', 'ready')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the server is shutting down',
    })
  })

  it('fail as handlers of the app do: masked, with the cause in its log', async () => {
    const { client, probe, log } = await besides()
    probe.note('break')
    await expect(client.own.ready()).rejects.toMatchObject({ code: 'INTERNAL', message: 'internal error' })
    expect(log.lines).toMatchObject([
      { level: 'error', details: { service: 'own', method: 'ready', error: { message: 'broken' } } },
    ])
  })

  it.each(['constructor', '__proto__', 'toString', 'nobody'])(
    'leave calls of %s to the app',
    async (service) => {
      const { described, invoke } = await besides()
      expect(described.find(service, 'ready')).toBeUndefined()
      await expect(invoke(service, 'ready')).rejects.toMatchObject({
        code: 'UNIMPLEMENTED',
        message: `there is no service "${service}"`,
      })
    },
  )

  it('are refused under a name that the app has, and the app is stopped again', async () => {
    const probe = createProbe()
    const own = defineService({ mine: rpc.unary(Empty, Empty, () => ({})) })
    const app = { services: { own }, onShutdown: () => probe.note('stopped') }
    await expect(besides(app)).rejects.toThrow(
      'serve: the name of service "own" is the transport\'s own; choose another',
    )
    expect(probe.events).toEqual(['stopped'])
  })

  it('that cannot be made stop the app again', async () => {
    const probe = createProbe()
    const transport: Transport = {
      ...memory(),
      services: () => Promise.reject(new Error('no luck')),
    }
    const app = createApp({
      services: { work: defineService({ rest: rpc.unary(Empty, Empty, () => ({})) }) },
      onShutdown: () => probe.note('stopped'),
    })
    await expect(serve(app, transport, { signals: false })).rejects.toThrow('no luck')
    expect(probe.events).toEqual(['stopped'])
  })
})

it('a transport that brings services is no app to a client made from a type', async () => {
  const app = createApp({
    services: { work: defineService({ rest: rpc.unary(Empty, Empty, () => ({})) }) },
  })
  const transport: Transport = { ...memory(), services: () => ({}) }
  const server = await serve(app, transport, { signals: false })
  onTestFinished(() => server.close())
  const client = createClient<typeof app>(transport)
  onTestFinished(() => client.close())
  expect(await client.work.rest()).toEqual({})
})

describe('a transport without services of its own', () => {
  it.each([{}, { services: () => ({}) }])('carries the app as it is: %j', async (more) => {
    const log = recordingLog()
    const opened: OpenedApp = {
      invoke: () => Promise.reject(new Error('nobody calls')),
      describe: { methods: [], find: () => undefined, ready: () => true, onReady: () => () => {} },
      close: async () => {},
    }
    const carried = await carriedBy({ ...memory(), ...more }, opened, log)
    expect(carried.invoke).toBe(opened.invoke)
    expect(carried.describe).toBe(opened.describe)
    expect(carried.close()).toBeUndefined()
  })
})
