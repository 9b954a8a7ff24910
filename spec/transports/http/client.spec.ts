import { createServer, type Server } from 'node:http'
import { createClient, serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { conformanceContract } from '../../../lib/testing/contract.ts'
import {
  answer,
  chunk,
  collect,
  connectTo,
  failureOf,
  fakeServer,
  freePort,
  makeApp,
  serveDemo,
} from './support.ts'

type Contract = typeof conformanceContract

/** A node:http server that counts its connections. */
async function countingServer(): Promise<{ server: Server; port: number; connections(): number }> {
  let count = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
  })
  server.on('connection', () => count++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as { port: number }).port, connections: () => count }
}

describe('addresses', () => {
  it('of a client and of a server may be URLs', async () => {
    const { app } = makeApp()
    const server = await serve(app, ['http://:0', 'http://127.0.0.1:0/api/v1'], { signals: false })
    onTestFinished(() => server.close())
    expect(server.urls).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/),
    ])
    for (const url of server.urls) {
      await using client = createClient<Contract>(url)
      expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
      expect(await collect(client.streams.count({ to: 1 }))).toEqual([{ value: 0 }])
    }
  })

  it('may have a slash at the end', async () => {
    const { url } = await serveDemo({ prefix: '/api' })
    await using client = createClient<Contract>(`${url}/`)
    expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    expect(await connectTo({ url: `${url}/` }).values.nothing()).toEqual({})
  })

  it.each([
    ['http://a:1,b:2', /second host/],
    ['http://a:1?x=1', /no place for x/],
    ['http://ann@a:1', /no place for /],
    ['http://a:99999', /host:port/],
    ['https://127.0.0.1:0', /certificate/],
  ])('%s cannot be served, and the error says why', async (url, message) => {
    await expect(serve(makeApp().app, [url], { signals: false })).rejects.toThrow(message)
  })

  it('IPv6 addresses stand in brackets', async () => {
    const { app } = makeApp()
    const server = await serve(app, http({ host: '::1', port: 0 }), { signals: false }).catch(() => undefined)
    // A machine may have no IPv6.
    if (!server) return
    onTestFinished(() => server.close())
    expect(server.urls[0]).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect(await connectTo({ url: server.urls[0]! }).values.nothing()).toEqual({})
  })

  it.each(['api', '/api/', '/a?b', '/', '/a#b'])('a prefix is not %j', (prefix) => {
    expect(() => http({ prefix })).toThrow('write it as "/api"')
  })
})

describe('connections', () => {
  it('are made when they are first needed, and kept for the next call', async () => {
    const { port, connections } = await countingServer()
    const client = connectTo({ port })
    expect(connections()).toBe(0)
    for (let i = 0; i < 20; i++) await client.values.nothing()
    // A call made in the very moment in which another has its answer may find that one's connection still taken.
    expect(connections()).toBeLessThanOrEqual(2)
  })

  it('are one for each call that is in flight, up to the limit', async () => {
    const { port, connections } = await countingServer()
    const free = connectTo({ port })
    await Promise.all(Array.from({ length: 10 }, () => free.values.nothing()))
    const unlimited = connections()
    expect(unlimited).toBeGreaterThan(2)
    expect(unlimited).toBeLessThanOrEqual(10)
    const limited = connectTo({ port, maxConnections: 2 })
    await Promise.all(Array.from({ length: 10 }, () => limited.values.nothing()))
    expect(connections() - unlimited).toBe(2)
  })

  it('are used again after failures and streams', async () => {
    const { url, server } = await serveDemo()
    const client = connectTo({ url, maxConnections: 1 })
    await failureOf(client.values.text({ text: 5 as unknown as string }))
    await failureOf(client.failures.secret())
    await collect(client.streams.count({ to: 100 }))
    await failureOf(collect(client.failures.after({ items: 1, how: 'plain' })))
    for await (const _ of client.life.endless()) break
    expect(await client.values.nothing()).toEqual({})
    await server.close()
  })

  it('end with the client; its calls in flight are CANCELLED', async () => {
    const { url, probe } = await serveDemo()
    const client = connectTo({ url })
    const call = failureOf(client.life.hold())
    await probe.until('hold began')
    await client.close()
    expect(await call).toMatchObject({ code: 'CANCELLED' })
    await probe.until('hold ended')
    expect(await failureOf(client.values.nothing())).toMatchObject({ code: 'CANCELLED' })
  })
})

describe('a server that is not there', () => {
  it('is UNAVAILABLE, after as many attempts as there are to be', async () => {
    const port = await freePort()
    for (const retry of [false, { attempts: 3, initialBackoffMs: 1 }] as const) {
      expect(await failureOf(connectTo({ port }, { retry }).values.nothing())).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
        message: expect.stringMatching(/^no connection: /) as unknown,
      })
    }
  })

  it('is asked again, whatever the method: what was refused has never run', async () => {
    const port = await freePort()
    const retry = { attempts: 1_000, initialBackoffMs: 1, maxBackoffMs: 5, maxTokens: 100_000 }
    const call = Promise.resolve(connectTo({ port }, { retry }).values.text({ text: 'hi' }))
    const { app } = makeApp()
    const server = await serve(app, http({ port }), { signals: false })
    onTestFinished(() => server.close())
    expect(await call).toEqual({ text: 'hi' })
  })

  it('has no name: UNAVAILABLE', async () => {
    const client = connectTo({ host: 'nobody.invalid', port: 1 }, { retry: false })
    expect(await failureOf(client.values.nothing())).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is given up at the deadline', async () => {
    const port = await freePort()
    const retry = { attempts: 1_000_000, initialBackoffMs: 1, maxBackoffMs: 5, maxTokens: 10_000_000 }
    const call = connectTo({ port }, { retry }).values.nothing({}, { timeoutMs: 50 })
    expect(await failureOf(call)).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  })
})

describe('a connection that is lost', () => {
  const breaks = [
    ['before the answer', (): string => ''],
    ['in its head', (): string => 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['in its body', (): string => answer(200, '{"text":"hi"}').slice(0, -3)],
    [
      'in a chunk',
      (): string =>
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"te',
    ],
  ] as const

  it.each(breaks)('%s is UNAVAILABLE and not tried again: the call may have run', async (_, part) => {
    let requests = 0
    const url = await fakeServer((socket, _request, count) => {
      requests = count
      socket.end(part())
    })
    const client = connectTo({ url }, { retry: { initialBackoffMs: 1 } })
    expect(await failureOf(client.values.text({ text: 'hi' }))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(requests).toBe(1)
  })

  it.each(breaks)('%s is tried again where the call says that this does no harm', async (_, part) => {
    let requests = 0
    const url = await fakeServer((socket, _request, count) => {
      requests = count
      socket.end(count < 3 ? part() : answer(200, '{"text":"hi"}'))
    })
    const client = connectTo({ url }, { retry: { initialBackoffMs: 1 } })
    expect(await client.values.text({ text: 'hi' }, { idempotent: true })).toEqual({ text: 'hi' })
    expect(requests).toBe(3)
  })

  it('by a reset is no different', async () => {
    const url = await fakeServer((socket) => void socket.resetAndDestroy())
    expect(await failureOf(connectTo({ url }).values.nothing())).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('under a stream is UNAVAILABLE behind the messages before, and is not tried again', async () => {
    let requests = 0
    const url = await fakeServer((socket, _request, count) => {
      requests = count
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n',
      )
      socket.end(chunk('{"value":1}\n'))
    })
    const stream = connectTo({ url }).streams.count({ to: 2 }, { idempotent: true })
    expect((await stream.next()).value).toEqual({ value: 1 })
    expect(await failureOf(collect(stream))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(requests).toBe(1)
  })

  it('answered by what is no HTTP is UNAVAILABLE', async () => {
    const url = await fakeServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect(await failureOf(connectTo({ url }).values.nothing())).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('a stream of answers that falls silent', () => {
  it('is given up after the idle limit of the client, if it has one', async () => {
    const { url, probe } = await serveDemo()
    const stream = connectTo({ url, idleTimeoutMs: 100 }).life.stall()
    expect((await stream.next()).value).toEqual({ value: 0 })
    expect(await failureOf(collect(stream))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('idleTimeoutMs') as unknown,
    })
    await probe.until('stall ended')
  })
})

it('names that need it are encoded, so that none leads elsewhere', async () => {
  const paths: string[] = []
  const url = await fakeServer((socket, request) => {
    paths.push(request.split(' ')[1]!)
    socket.end(answer(200, '{}'))
  })
  const client = createClient<Record<string, never>>(http({ url })) as unknown as Record<
    string,
    Record<string, (input: unknown) => PromiseLike<unknown>>
  >
  await client['a b']!['c/../d?e#f']!({})
  await client['é']!['%2e']!({})
  expect(paths).toEqual(['/a%20b/c%2F..%2Fd%3Fe%23f', '/%C3%A9/%252e'])
})

it('a gateway carries what it does not know, both ways', async () => {
  const { url } = await serveDemo()
  const backend = await http({ url }).connect()
  const gateway = await http({ port: 0 }).serve(backend.invoke)
  onTestFinished(async () => {
    await gateway.close()
    await backend.close()
  })
  await using client = createClient<Contract>(http({ url: gateway.url }))
  expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
  expect(await collect(client.streams.count({ to: 3 }))).toHaveLength(3)
  expect(await client.streams.sum([{ value: 1 }, { value: 2 }])).toEqual({ count: 2, total: 3 })
  expect(await failureOf(client.failures.declared({ left: 1 }))).toMatchObject({
    reason: 'OUT_OF_STOCK',
    details: { left: 1 },
  })
  expect(await failureOf(collect(client.failures.after({ items: 1, how: 'plain' })))).toMatchObject({
    code: 'ABORTED',
  })
  const call = client.metadata.mirror(undefined, { metadata: { who: 'ann' } })
  expect(await call).toEqual({ seen: { who: 'ann' } })
  expect((await call.trailer).get('from-trailer')).toBe('c, d')
})
