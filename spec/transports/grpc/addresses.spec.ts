import { constants, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  createRegistry,
  defineService,
  rpc,
  serve,
  t,
  type ClientOptions,
} from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createCall } from '../../../lib/core/create-call.ts'
import type { RpcError } from '../../../lib/core/errors.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import type { ConformanceClient } from '../../../lib/testing/contract.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { goaway } from '../../http2/rules/frames.ts'
import { answer, badServer, type BadServer } from './bad-server.ts'
import { makeCertificates } from './certificates.ts'
import { rawGrpcServer, rawServer } from './raw-server.ts'
import { collect, connectTo, failureOf, framed, freePort, serveDemo } from './support.ts'

const host = '127.0.0.1'
let engine: 'own' | 'node:http2' = 'own'
const soon = { initialMs: 5, maxMs: 20 }
const once: ClientOptions = { retry: false }
const addressesOf = (ports: readonly number[]) => ports.map((port) => ({ host, port }))

/** A client of servers at these ports, without retries of its own. */
const clientOf = (ports: readonly number[], options: GrpcOptions = {}): ConformanceClient =>
  connectTo({ engine, addresses: addressesOf(ports), reconnect: soon, ...options }, once)

/** A server that answers each call with its name. */
const named = (text: string, port = 0): Promise<BadServer> =>
  badServer((stream) => answer(stream, { body: [framed({ text })], trailers: { 'grpc-status': '0' } }), port)
const refuse = (stream: ServerHttp2Stream): void => stream.close(constants.NGHTTP2_REFUSED_STREAM)

const ask = async (client: ConformanceClient): Promise<string> =>
  (await client.values.text({ text: '?' })).text

/** Calls until every one of these has answered. */
async function untilHeard(client: ConformanceClient, ...names: string[]): Promise<void> {
  const heard = new Set<string>()
  while (!names.every((name) => heard.has(name))) heard.add(await ask(client))
}

/** Fails a call below retries. */
async function failureBelow(options: GrpcOptions, input: unknown = {}): Promise<RpcError> {
  const channel = await grpc({ engine, reconnect: soon, ...options }).connect()
  onTestFinished(() => channel.close())
  const peer = { transport: 'test' }
  const call = createCall({ service: 'values', method: 'text', kind: 'unary', input, peer })
  return (await failureOf(channel.invoke(call))) as RpcError
}

describe.each(['own', 'node:http2'] as const)('engine %s', (each) => {
  beforeEach(() => {
    engine = each
  })

  describe('several addresses', () => {
    it('are called in turn, over one connection each', async () => {
      const servers = await Promise.all(['a', 'b', 'c'].map((name) => named(name)))
      const client = clientOf(servers.map(({ port }) => port))
      await untilHeard(client, 'a', 'b', 'c')
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(client)))
      for (const name of ['a', 'b', 'c']) expect(answers.filter((one) => one === name)).toHaveLength(10)
      expect(servers.map(({ sessions }) => sessions.length)).toEqual([1, 1, 1])
    })

    it('are connected to with the first call, at once, and no sooner', async () => {
      const servers = await Promise.all(['a', 'b', 'c'].map((name) => named(name)))
      const channel = await grpc({ addresses: servers.map(({ port }) => ({ host, port })) }).connect()
      onTestFinished(() => channel.close())
      expect(servers.map(({ sessions }) => sessions.length)).toEqual([0, 0, 0])
      const client = clientOf(servers.map(({ port }) => port))
      // Many at once: they wait for the first address that is ready.
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(client)))
      expect(answers).toHaveLength(50)
      await untilHeard(client, 'a', 'b', 'c')
      expect(servers.map(({ sessions }) => sessions.length)).toEqual([1, 1, 1])
    })

    it('stand in a URL with commas', async () => {
      const [a, b] = await Promise.all([named('a'), named('b')])
      const transport = await createRegistry([grpc]).open(`grpc://${host}:${a.port},${host}:${b.port}`)
      const client = createClient<typeof conformanceContract>(transport, once)
      onTestFinished(() => client.close())
      const heard = new Set<string>()
      while (heard.size < 2) heard.add((await client.values.text({ text: '?' })).text)
      expect([...heard].toSorted()).toEqual(['a', 'b'])
    })

    it('each have their own name in TLS', async () => {
      const made = makeCertificates()
      onTestFinished(() => made.remove())
      const tls = { key: made.read('server.key'), cert: made.read('server.crt') }
      const ca = made.read('authority.crt')
      const demos = await Promise.all([serveDemo({ tls }), serveDemo({ tls })])
      const client = clientOf(
        demos.map(({ port }) => port),
        { tls: { ca } },
      )
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(client)))
      expect(answers).toEqual(Array.from({ length: 10 }, () => '?'))
    })

    it.each([
      [{ addresses: [] }, 'addresses is empty'],
      [{ addresses: [{ host }], port: 1 }, 'in place of host and port'],
      [{ addresses: [{ host }], host }, 'in place of host and port'],
    ])('%j are refused', (options, message) => {
      expect(() => grpc(options)).toThrow(message)
    })

    it('are nothing to listen at', async () => {
      const app = createApp({ services: {} })
      await expect(serve(app, `grpc://${host}:0,${host}:0`)).rejects.toThrow(
        'a server listens at one address',
      )
    })

    it('may be one, which is like host and port', async () => {
      const { port } = await named('a')
      const client = connectTo({ addresses: [{ host: 'localhost', port }] })
      expect(await ask(client)).toBe('a')
    })
  })

  describe('an address that cannot be reached', () => {
    it('costs no call', async () => {
      const a = await named('a')
      const client = clientOf([await freePort(), a.port, await freePort()])
      for (let i = 0; i < 20; i++) expect(await ask(client)).toBe('a')
      expect(a.sessions).toHaveLength(1)
    })

    it('nor one that takes connections and says nothing', async () => {
      const a = await named('a')
      const client = clientOf([await rawServer(() => {}), a.port])
      for (let i = 0; i < 20; i++) expect(await ask(client)).toBe('a')
    })

    it('is called once it is there', async () => {
      const port = await freePort()
      const client = clientOf([(await named('a')).port, port])
      expect(await ask(client)).toBe('a')
      await named('b', port)
      await untilHeard(client, 'a', 'b')
    })

    it('among others like it: the failure names each and says why, and the call never ran', async () => {
      const ports = [await freePort(), await freePort()]
      const error = await failureBelow({ addresses: addressesOf(ports) })
      expect(error.code).toBe('UNAVAILABLE')
      for (const port of ports)
        expect(error.message).toContain(
          `${host}:${port}: the connection was lost: connect ECONNREFUSED ${host}:${port}`,
        )
      expect(neverRan(error)).toBe(true)
    })

    it('nor any other: a call waits no longer than its deadline', async () => {
      const ports = [await rawServer(() => {}), await rawServer(() => {})]
      const client = clientOf(ports)
      expect(await failureOf(client.values.text({ text: '' }, { timeoutMs: 30 }))).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      })
      const controller = new AbortController()
      const waiting = failureOf(client.values.text({ text: '' }, { signal: controller.signal }))
      controller.abort()
      expect(await waiting).toMatchObject({ code: 'CANCELLED' })
    })

    it('is tried again by a call that has nowhere else to go', async () => {
      const ports = [await freePort(), await freePort()]
      const client = clientOf(ports, { reconnect: { initialMs: 5, maxMs: 100_000, factor: 20_000 } })
      // Two failures: from now on it would be left alone for more than a minute.
      for (let failures = 0; failures < 3; failures++)
        expect(await failureOf(client.values.text({ text: '' }))).toMatchObject({ code: 'UNAVAILABLE' })
      await named('a', ports[1])
      let heard: unknown
      while (heard !== 'a') heard = await ask(client).catch(() => 'not yet')
      expect(heard).toBe('a')
    })
  })

  describe('a call that certainly never ran', () => {
    it('because its stream was refused goes on to the next address', async () => {
      const a = await badServer(refuse)
      const b = await named('b')
      const client = clientOf([a.port, b.port])
      while (a.count < 3) expect(await ask(client)).toBe('b')
      expect(await ask(client)).toBe('b')
    })

    it('because a GOAWAY does not name it goes on as well', async () => {
      const met: Socket[] = []
      const port = await rawGrpcServer((socket) => {
        met.push(socket)
        socket.end(goaway(0))
      })
      const b = await named('b')
      const client = clientOf([port, b.port])
      while (met.length < 3) expect(await ask(client)).toBe('b')
    })

    it('goes to each address once', async () => {
      const servers = await Promise.all([badServer(refuse), badServer(refuse), badServer(refuse)])
      const ports = servers.map(({ port }) => port)
      const error = await failureBelow({ addresses: addressesOf(ports) })
      expect(servers.map(({ count }) => count)).toEqual([1, 1, 1])
      expect(error.code).toBe('UNAVAILABLE')
      for (const port of ports) expect(error.message).toMatch(new RegExp(`${host}:${port}: .*REFUSED_STREAM`))
      expect(neverRan(error)).toBe(true)
    })

    it.each(['array', 'stream'])('takes its %s along', async (kind) => {
      const [a, b] = [await badServer(refuse), await serveDemo()]
      const client = clientOf([a.port, b.port])
      let left = 0
      function* stream() {
        try {
          for (let value = 0; value < 3; value++) yield { value }
        } finally {
          left++
        }
      }
      let calls = 0
      for (; a.count < 3; calls++)
        expect(await client.streams.sum(kind === 'array' ? [...stream()] : stream())).toEqual({
          count: 3,
          total: 3,
        })
      expect(left).toBe(calls)
    })

    it('takes no stream along of which much was taken: it fails, and has let go of it', async () => {
      let taken = 0
      let left = false
      function* stream() {
        try {
          for (; ; taken++) yield { value: 1 }
        } finally {
          left = true
        }
      }
      // Refuses when it has seen some of the stream.
      const late = async (): Promise<number> => {
        const server = createServer().on('stream', (request) => {
          request.on('error', () => {}).once('data', () => refuse(request))
        })
        await new Promise<void>((resolve) => server.listen(0, host, resolve))
        onTestFinished(() => void server.close())
        return (server.address() as AddressInfo).port
      }
      const client = clientOf([await late(), await late()])
      expect(await failureOf(client.streams.sum(stream()))).toMatchObject({ code: 'UNAVAILABLE' })
      expect(taken).toBeGreaterThan(16)
      expect(left).toBe(true)
    })

    it('is another thing than one whose connection was lost: that one may have run', async () => {
      const a = await badServer((stream) => stream.session!.destroy())
      const b = await named('b')
      const client = clientOf([a.port, b.port])
      let failure: unknown
      while (a.count === 0) failure = await ask(client).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
      expect(neverRan(failure as RpcError)).toBe(false)
    })

    it('fails as it did where it is not UNAVAILABLE', async () => {
      const a = await badServer((stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM))
      const error = await failureBelow({ addresses: addressesOf([a.port, a.port]) })
      expect(error.code).toBe('RESOURCE_EXHAUSTED')
      expect(a.count).toBe(1)
    })
  })

  describe('health checks', () => {
    const Request = Type.Object({ service: t.Default(Type.String(), '') }, { $id: 'HealthCheckRequest' })
    const statuses = ['SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
    type Status = (typeof statuses)[number]
    const Response = Type.Object(
      { status: Type.Union(statuses.map((one) => Type.Literal(one))) },
      { $id: 'HealthCheckResponse' },
    )
    const Text = Type.Object({ text: Type.String() })

    /** A server that says of itself what it is told to. */
    async function patient(name: string, first: Status) {
      let status = first
      let wake = (): void => {}
      let watching = 0
      const asked: string[] = []
      const health = defineService(
        {
          Watch: rpc.serverStream(Request, Response, async function* ({ service }, { signal }) {
            asked.push(service)
            watching++
            signal.addEventListener('abort', () => wake())
            try {
              while (!signal.aborted) {
                const changed = new Promise<void>((resolve) => (wake = resolve))
                yield { status }
                await changed
              }
            } finally {
              watching--
            }
          }),
        },
        { proto: { package: 'grpc.health.v1', service: 'Health' } },
      )
      const values = defineService({ text: rpc.unary(Text, Text, () => ({ text: name })) })
      const app = createApp({ services: { values, health } })
      const server = await serve(app, grpc({ port: 0, health: false }), { signals: false, graceMs: 50 })
      onTestFinished(() => server.close())
      return {
        port: Number(new URL(server.urls[0]!).port),
        asked,
        watching: () => watching,
        say(next: Status) {
          status = next
          wake()
        },
      }
    }

    it('leave out an address that does not serve, until it does', async () => {
      const [a, b] = [await patient('a', 'SERVING'), await patient('b', 'NOT_SERVING')]
      const client = clientOf([a.port, b.port], { healthCheck: true })
      for (let i = 0; i < 10; i++) expect(await ask(client)).toBe('a')
      b.say('SERVING')
      await untilHeard(client, 'a', 'b')
      a.say('NOT_SERVING')
      while ((await ask(client)) === 'a');
      for (let i = 0; i < 10; i++) expect(await ask(client)).toBe('b')
      expect([a.asked, b.asked]).toEqual([[''], ['']])
    })

    it('ask for the service that they are told', async () => {
      const a = await patient('a', 'SERVING')
      expect(await ask(clientOf([a.port], { healthCheck: 'users' }))).toBe('a')
      expect(a.asked).toEqual(['users'])
    })

    it('fail a call where no address serves, and it never ran', async () => {
      const [a, b] = [await patient('a', 'NOT_SERVING'), await patient('b', 'SERVICE_UNKNOWN')]
      const error = await failureBelow({ addresses: addressesOf([a.port, b.port]), healthCheck: true })
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        message: `no server takes the call: ${host}:${a.port}: the server says NOT_SERVING; ${host}:${b.port}: the server says SERVICE_UNKNOWN`,
      })
      expect(neverRan(error)).toBe(true)
    })

    it('take a server that knows no such service for one that serves', async () => {
      const paths: unknown[] = []
      const server = await badServer((stream, _, headers) => {
        paths.push(headers[':path'])
        const trailers = { 'grpc-status': headers[':path'] === '/values/text' ? '0' : '12' }
        if (trailers['grpc-status'] === '12') answer(stream, { headers: trailers })
        else answer(stream, { body: [framed({ text: 'a' })], trailers })
      })
      const client = clientOf([server.port], { healthCheck: true })
      expect([await ask(client), await ask(client)]).toEqual(['a', 'a'])
      expect(paths).toEqual(['/grpc.health.v1.Health/Watch', '/values/text', '/values/text'])
    })

    it('ask again when the answer breaks off', async () => {
      let watches = 0
      const server = await badServer((stream, _, headers) => {
        if (headers[':path'] === '/values/text')
          return answer(stream, { body: [framed({ text: 'a' })], trailers: { 'grpc-status': '0' } })
        if (++watches < 3) return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
        answer(stream, { headers: { 'grpc-status': '12' } })
      })
      const client = clientOf([server.port], { healthCheck: true })
      let heard: unknown
      while (heard !== 'a') heard = await ask(client).catch((error: unknown) => error)
      expect(watches).toBe(3)
      expect(server.sessions).toHaveLength(1)
    })

    it('are answered by a server of ours, and end with the client', async () => {
      const demo = await serveDemo()
      const client = clientOf([demo.port], { healthCheck: true })
      expect(await ask(client)).toBe('?')
      const a = await patient('a', 'SERVING')
      const other = clientOf([a.port], { healthCheck: true })
      await ask(other)
      expect(a.watching()).toBe(1)
      await other.close()
      while (a.watching() > 0) await new Promise(setImmediate)
      expect(a.watching()).toBe(0)
    })

    it('keep a server that drains from new calls before it stops', async () => {
      const demos = [await serveDemo({}, { drainDelayMs: 100 }), await serveDemo({}, { drainDelayMs: 100 })]
      const client = clientOf(
        demos.map(({ port }) => port),
        { healthCheck: true },
      )
      await ask(client)
      const closing = demos[0]!.server.close()
      const state = { closed: false }
      void closing.then(() => (state.closed = true))
      while (!state.closed) expect(await ask(client)).toBe('?')
    })
  })

  describe('a restart', () => {
    const N = Type.Object({ n: Type.Integer() })
    const contract = {
      work: defineService({
        one: rpc.unary(N, N),
        give: rpc.serverStream(N, N),
        take: rpc.clientStream(N, N),
      }),
    }

    /** A server that counts its calls. */
    async function start(port: number) {
      let calls = 0
      const work = rpc.implement(contract.work, {
        async one(input) {
          calls++
          await new Promise(setImmediate)
          return input
        },
        async *give({ n }) {
          calls++
          for (let i = 0; i < n; i++) {
            await new Promise(setImmediate)
            yield { n: i }
          }
        },
        async take(items) {
          calls++
          let n = 0
          for await (const item of items) n += item.n
          return { n }
        },
      })
      // Of a server that has just closed the port may be in use for a turn or two.
      for (;;) {
        try {
          const server = await serve(createApp({ services: { work } }), grpc({ port }), { signals: false })
          onTestFinished(() => server.close())
          return { server, calls: () => calls }
        } catch (error) {
          expect(error).toMatchObject({ code: 'EADDRINUSE' })
        }
      }
    }

    it('of one server after the other, under load, loses no call', { timeout: 60_000 }, async () => {
      const ports = [await freePort(), await freePort()]
      const servers = [await start(ports[0]!), await start(ports[1]!)]
      const transport = grpc({ addresses: addressesOf(ports), reconnect: soon })
      const { work } = createClient(contract, transport, once)
      const load = { calls: 0, over: false }
      const failures: unknown[] = []
      const kinds = [
        () => work.one({ n: 1 }),
        () => collect(work.give({ n: 5 })),
        () => work.take([{ n: 1 }, { n: 2 }]),
        () => work.one({ n: 2 }),
      ]
      const callOn = async (kind: () => PromiseLike<unknown>): Promise<void> => {
        for (; !load.over; load.calls++)
          await Promise.resolve(kind()).catch((error: unknown) => failures.push(error))
      }
      const workers = Array.from({ length: 64 }, (_, i) => callOn(kinds[i % 4]!))
      const until = async (holds: () => boolean): Promise<void> => {
        while (!holds() && failures.length === 0) await new Promise(setImmediate)
      }
      for (let round = 0; round < 6; round++) {
        // Both take part, as an orchestrator waits for it.
        const before = servers.map((one) => one.calls())
        await until(() => servers.every((one, i) => one.calls() > before[i]! + 100))
        const i = round % 2
        await servers[i]!.server.close()
        const alone = servers[1 - i]!.calls()
        await until(() => servers[1 - i]!.calls() > alone + 100)
        servers[i] = await start(ports[i]!)
      }
      load.over = true
      await Promise.all(workers)
      expect(failures).toEqual([])
      expect(load.calls).toBeGreaterThan(6 * 300)
    })

    it('of the only one: a stream in flight ends there, and the next call finds the new one', async () => {
      const old = await serveDemo({}, { graceMs: 5_000 })
      const { port } = old
      const client = connectTo({ port })
      const chat = client.streams.echo()
      await chat.send({ text: 'a' })
      expect(await chat.next()).toEqual({ done: false, value: { text: 'a' } })
      const closing = old.server.close()
      const next = await start(port)
      const fresh = createClient(contract, grpc({ port }))
      onTestFinished(() => fresh.close())
      expect(await fresh.work.one({ n: 1 })).toEqual({ n: 1 })
      // Known to the new server alone to be no method: the old one would say that it is shutting down.
      expect(await failureOf(client.values.text({ text: 'b' }))).toMatchObject({ code: 'UNIMPLEMENTED' })
      await chat.send({ text: 'c' })
      expect(await chat.next()).toEqual({ done: false, value: { text: 'c' } })
      await chat.end()
      expect(await chat.next()).toMatchObject({ done: true })
      await closing
      expect(next.calls()).toBe(1)
    })
  })

  describe('closing', () => {
    it('ends what waits and what runs with CANCELLED, and leaves no timer and no socket', async () => {
      const before = process.getActiveResourcesInfo().toSorted()
      const stuck = await rawServer(() => {})
      const waitingClient = clientOf([stuck, await freePort()])
      const waiting = failureOf(waitingClient.values.text({ text: '' }))
      const held = await badServer(() => {})
      const runningClient = clientOf([held.port, await freePort()])
      const running = failureOf(runningClient.values.text({ text: '' }))
      while (held.count === 0) await new Promise(setImmediate)
      await Promise.all([waitingClient.close(), runningClient.close()])
      expect(await waiting).toMatchObject({ code: 'CANCELLED' })
      expect(await running).toMatchObject({ code: 'CANCELLED' })
      const kinds = (all: string[]): string[] =>
        all.filter((kind) => kind === 'Timeout' || kind === 'TCPWRAP')
      // What the case before has left may have ended by now.
      const after = kinds(process.getActiveResourcesInfo())
      for (const kind of kinds(before)) after.splice(after.indexOf(kind), after.includes(kind) ? 1 : 0)
      expect(after).toEqual([])
    })
  })

  describe('a server that cannot be reached', () => {
    it.each([1, 2])(
      'is tried once in reconnect.initialMs at most, for calls that wait (%i addresses)',
      async (count) => {
        const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
        // Long beside what it takes to start the server, on a machine that is busy too.
        const client = clientOf(ports, { reconnect: { initialMs: 1_500 } })
        await expect(ask(client)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
        const waiting = Array.from({ length: 20 }, () => ask(client))
        const left = failureOf(client.values.text({ text: '' }, { timeoutMs: 20 }))
        expect(await left).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
        const server = await named('back', ports[0])
        expect(new Set(await Promise.all(waiting))).toEqual(new Set(['back']))
        expect(server.sessions).toHaveLength(1)
      },
    )

    it('lets go of who waits when the client is closed', async () => {
      const client = clientOf([await freePort()], { reconnect: { initialMs: 60_000 } })
      await expect(ask(client)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      const waiting = failureOf(client.values.text({ text: '' }))
      await client.close()
      expect(await waiting).toMatchObject({ code: 'CANCELLED' })
    })
  })
})
