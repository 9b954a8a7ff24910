import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, rpc, serve, t } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { call, callShared, startCall } from './call-command.ts'
import { runHere } from './command.ts'

const slow = { timeout: 60_000 }
const soon = { timeout: 30_000, interval: 20 }

const N = Type.Object({ n: Type.Integer({ minimum: 0 }), by: t.Default(Type.Integer(), 2) })
const Sum = Type.Object({ n: Type.Integer() })
const seen: string[] = []

const numbers = defineService({
  times: rpc.unary(N, Sum, ({ n, by }) => {
    seen.push(`times ${n}`)
    return { n: n * by }
  }),
  ping: rpc.unary(Empty, Empty, () => {
    seen.push('ping')
    return {}
  }),
  sum: rpc.clientStream(N, Sum, async (items) => {
    let sum = 0
    for await (const { n } of items) sum += n
    return { n: sum }
  }),
  happened: rpc.event(N, ({ n }) => void seen.push(`happened ${n}`)),
})

const urls: Record<string, string> = {}
let closing: () => Promise<void>
beforeAll(async () => {
  const app = createApp({ services: { numbers } })
  const server = await serve(app, [http({ port: 0 }), ws({ port: 0 }), grpc({ port: 0 })], {
    signals: false,
    describe: true,
  })
  for (const url of server.urls) urls[url.split(':', 1)[0]!] = url
  closing = () => server.close()
})
afterAll(() => closing())
beforeEach(() => void seen.splice(0))

/** Calls that say all before they read stdin or write an answer. */
const callHere = (...args: readonly string[]) => runHere(['call', ...args])
const refused = (exit: number, text: string) => ({ exit, out: '', error: `microapi: ${text}\n` })

describe('microapi call of a server that describes itself', slow, () => {
  it.each(['http', 'ws', 'grpc'])('knows its methods, over %s', async (scheme) => {
    const url = urls[scheme]!
    expect(await callHere(url, 'numbers.tims', '{"n":1}')).toEqual(
      refused(
        2,
        'the server has no method numbers.tims; did you mean numbers.times? it has numbers.times, numbers.ping, numbers.sum, numbers.happened',
      ),
    )
    expect(await callHere(url, 'numbers.times', '{"n":"1"}')).toEqual(
      refused(2, 'the payload: /n must be integer; numbers.times takes n: integer, by?: integer = 2'),
    )
    expect(seen).toEqual([])
  })

  it('names a service that it does not have', async () => {
    const ran = await callHere(urls['http']!, 'users.get', '{}')
    expect(ran).toEqual(
      refused(
        2,
        'the server has no method users.get; it has numbers.times, numbers.ping, numbers.sum, numbers.happened',
      ),
    )
  })

  it.each<[args: readonly string[], text: string]>([
    [['numbers.times', '{"n":-1}'], 'the payload: /n must be >= 0; numbers.times takes'],
    [['numbers.times', '[]'], 'the payload: it must be object; numbers.times takes'],
    [['numbers.times', '--no-stdin'], 'a message is missing: /n is required; numbers.times takes'],
    [
      ['numbers.sum', '[{"n":1},{"n":true}]'],
      'the payload, message 2: /n must be integer; numbers.sum takes',
    ],
    [['numbers.sum', '{"m":1}'], 'the payload: /n is required; numbers.sum takes'],
    [['numbers.happened', '{"n":null}'], 'the payload: /n must be integer; numbers.happened takes'],
    [['numbers.times', '--stream'], '--stream sends many messages, and the method takes one; leave it out'],
    [['numbers.times', '{"n":1}', '--event'], 'numbers.times is no event; leave --event out'],
  ])('refuses before it calls: %j', async (args, text) => {
    const ran = await callHere(urls['http']!, ...args)
    expect(ran).toMatchObject({ exit: 2, out: '' })
    expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
    expect(ran.error).toContain(text)
    expect(seen).toEqual([])
  })

  it('leaves what it is not to check to the server', async () => {
    const { exit, error } = await callHere(urls['http']!, 'numbers.times', '{"n":"1"}', '--no-check')
    expect([exit, error]).toEqual([1, expect.stringContaining('INVALID_ARGUMENT')])
  })

  it('takes all of stdin for the message of a method that takes one', slow, async () => {
    expect(await call([urls['http']!, 'numbers.times'], '{\n  "n": 4\n}\n')).toEqual({
      exit: 0,
      out: '{"n":8}\n',
      error: '',
    })
    const two = await callShared([urls['http']!, 'numbers.times'], '{"n":4}\n{"n":5}\n')
    expect(two).toMatchObject({
      exit: 2,
      error: expect.stringContaining('stdin: not JSON at line 2, character 1'),
    })
  })

  it('reads no stdin for a method that takes nothing', slow, async () => {
    // It stays open.
    expect(await startCall([urls['http']!, 'numbers.ping'], { stdin: 'pipe' }).ran).toMatchObject({ exit: 0 })
    expect(seen).toEqual(['ping'])
  })

  it('names the line of a stream that the method does not take', slow, async () => {
    expect(await callShared([urls['grpc']!, 'numbers.sum'], '{"n":1}\n\n{"n":2,"by":"x"}\n')).toEqual(
      refused(2, 'stdin line 3: /by must be integer; numbers.sum takes n: integer, by?: integer = 2'),
    )
  })

  it('publishes what is an event, each line of stdin', slow, async () => {
    expect(await callShared([urls['ws']!, 'numbers.happened'], '{"n":1}\n{"n":2}\n')).toEqual({
      exit: 0,
      out: '',
      error: '',
    })
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['happened 1', 'happened 2']), soon)
  })
})

it(
  "a server's own services are called as they are, over gRPC by the names of their .proto files",
  slow,
  async () => {
    const health = await callShared([urls['grpc']!, 'grpc.health.v1.Health/Check', '{}'])
    expect(health).toMatchObject({ exit: 0, out: expect.stringContaining('SERVING') })
    expect((await callShared([urls['grpc']!, 'numbers.NumbersService/times', '{"n":2}'])).out).toBe(
      '{"n":4}\n',
    )
    expect((await callShared([urls['http']!, 'microapi.describe'])).out).toContain('"services":{"numbers"')
  },
)

it('a server that says nothing at all is called after a while', slow, async () => {
  const sockets = new Set<Socket>()
  let requests = 0
  // It answers the second request of a connection, or of another: the first is the question.
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      if (!data.toString().startsWith('POST')) return
      if (requests++ === 0) return
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"n":9}')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect(await callShared([url, 'numbers.times', '{"n":1}'])).toEqual({
    exit: 0,
    out: '{"n":9}\n',
    error: '',
  })
  expect(requests).toBe(2)
})
