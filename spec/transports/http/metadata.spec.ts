import { describe, expect, it } from 'vitest'
import {
  answer,
  ask,
  askJson,
  collect,
  connectTo,
  curl,
  failureOf,
  fakeServer,
  serveDemo,
} from './support.ts'

const seenBy = async (url: string, headers: Record<string, string | string[]>): Promise<unknown> => {
  const { text } = await ask(`${url}/metadata/mirror`, { headers })
  return (JSON.parse(text) as { seen: unknown }).seen
}

describe("a request's metadata", () => {
  it('are its X-MicroAPI- headers, by lower-case key', async () => {
    const { url } = await serveDemo()
    expect(await seenBy(url, { 'X-MicroAPI-Trace_Id.2': 'A b, C', 'x-microapi-two': '2' })).toEqual({
      'trace_id.2': 'A b, C',
      two: '2',
    })
    const args = ['-X', 'POST', '-H', 'X-MICROAPI-USER: Ann']
    expect((await curl(...args, `${url}/metadata/mirror`)).body).toBe('{"seen":{"user":"Ann"}}')
  })

  it('repeated, are joined by a comma', async () => {
    const { url } = await serveDemo()
    expect(await seenBy(url, { 'x-microapi-a': ['1', '2'] })).toEqual({ a: '1, 2' })
  })

  it('are nothing else that a request has', async () => {
    const { url } = await serveDemo()
    expect(await seenBy(url, { 'x-other': '1', cookie: 'a=b', 'user-agent': 'x', microapi: '1' })).toEqual({})
  })

  it.each(['authorization', 'traceparent', 'tracestate', 'baggage', 'x-request-id', 'idempotency-key'])(
    '%s may come under its own name; under both, the prefixed one wins',
    async (name) => {
      const { url } = await serveDemo()
      expect(await seenBy(url, { [name]: 'plain' })).toEqual({ [name]: 'plain' })
      expect(await seenBy(url, { [`X-MicroAPI-${name}`]: 'prefixed' })).toEqual({ [name]: 'prefixed' })
      expect(await seenBy(url, { [name]: 'plain', [`x-microapi-${name}`]: 'prefixed' })).toEqual({
        [name]: 'prefixed',
      })
      expect(await seenBy(url, { [`x-microapi-${name}`]: 'prefixed', [name]: 'plain' })).toEqual({
        [name]: 'prefixed',
      })
    },
  )

  it.each([
    ['a value that is no ASCII', { 'x-microapi-a': 'Zo\u00eb' }],
    ['a value with a tab in it', { 'x-microapi-a': 'a\tb' }],
    ['a key with a sign in it', { 'x-microapi-a+b': '1' }],
    ['no key at all', { 'x-microapi-': '1' }],
  ])('%s is 400 INVALID_ARGUMENT', async (_, headers) => {
    const { url, probe } = await serveDemo()
    const { status, text } = await askJson(`${url}/metadata/failing`, {}, headers)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(probe.count('saw')).toBe(0)
  })
})

describe("our client's metadata", () => {
  it('are sent with the prefix, those that the web knows under both names', async () => {
    const requests: string[] = []
    const url = await fakeServer((socket, request) => {
      requests.push(request)
      socket.end(answer(200, '{"seen":{}}'))
    })
    const metadata = {
      Authorization: 'Bearer x',
      'My-Key': 'a',
      list: ['1', '2'],
      'raw-bin': new Uint8Array([0, 255]),
    }
    await connectTo({ url }).metadata.mirror(undefined, { metadata, timeoutMs: 5_000 })
    const headers = requests[0]!.split('\r\n\r\n')[0]!.split('\r\n').slice(1)
    expect(headers).toEqual(
      expect.arrayContaining([
        'x-microapi-authorization: Bearer x',
        'authorization: Bearer x',
        'x-microapi-my-key: a',
        'x-microapi-list: 1, 2',
        'x-microapi-raw-bin: AP8=',
      ]),
    )
    expect(headers.filter((line) => line.startsWith('my-key'))).toEqual([])
    const timeout = Number(/^x-microapi-timeout-ms: (\d+)$/m.exec(headers.join('\n'))![1])
    expect(timeout).toBeGreaterThan(0)
    expect(timeout).toBeLessThanOrEqual(5_000)
  })

  it.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', 'a\rb'])(
    '%j is refused before anything is sent',
    async (value) => {
      const { url, probe } = await serveDemo()
      const client = connectTo({ url })
      for (const metadata of [{ key: value }, { [value]: 'x' }, { authorization: value }]) {
        expect(await failureOf(client.metadata.failing(undefined, { metadata }))).toMatchObject({
          code: 'INVALID_ARGUMENT',
        })
        expect(await failureOf(collect(client.metadata.stream({ items: 1 }, { metadata })))).toMatchObject({
          code: 'INVALID_ARGUMENT',
        })
      }
      expect(probe.count('saw')).toBe(0)
    },
  )
})

describe("a reply's metadata", () => {
  it('are X-MicroAPI- headers, the trailer of a single message under X-MicroAPI-Trailer-', async () => {
    const { url } = await serveDemo()
    const { headers } = await askJson(`${url}/metadata/mirror`, {})
    expect(headers).toMatchObject({
      'x-microapi-from-header': 'a, b',
      'x-microapi-header-bin': 'AP8=',
      'x-microapi-trailer-from-trailer': 'c, d',
      'x-microapi-trailer-trailer-bin': 'AQID',
    })
  })

  it('of a stream are headers in front of its first message', async () => {
    const { url } = await serveDemo()
    const { headers } = await askJson(`${url}/metadata/stream`, { items: 1 })
    expect(headers['x-microapi-from-header']).toBe('early')
    expect(Object.keys(headers).filter((name) => name.includes('trailer-from'))).toEqual([])
  })

  it('reach our client as header and trailer', async () => {
    const { url } = await serveDemo()
    const client = connectTo({ url })
    const call = client.metadata.mirror()
    await call
    const [header, trailer] = [await call.header, await call.trailer]
    expect([header.get('From-Header'), header.getBytes('header-bin')]).toEqual([
      'a, b',
      new Uint8Array([0, 255]),
    ])
    expect([trailer.get('from-trailer'), trailer.getBytes('trailer-bin')]).toEqual([
      'c, d',
      new Uint8Array([1, 2, 3]),
    ])
    const stream = client.metadata.stream({ items: 2 })
    expect((await stream.header).get('from-header')).toBe('early')
    expect(await collect(stream)).toHaveLength(2)
    expect((await stream.trailer).get('from-trailer')).toBe('late')
  })

  it('repeated in an answer, is joined by a comma', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n'
    const repeated = 'X-MicroAPI-List: 1\r\nX-MicroAPI-Trailer-T: a\r\nX-MicroAPI-List: 2\r\n'
    const url = await fakeServer((socket) => socket.end(`${head}${repeated}\r\n{"seen":{}}`))
    const call = connectTo({ url }).metadata.mirror()
    await call
    expect((await call.header).toJSON()).toEqual({ list: '1, 2' })
    expect((await call.trailer).toJSON()).toEqual({ t: 'a' })
  })

  it('that no metadata can hold are left out, and the answer counts', async () => {
    const url = await fakeServer((socket) =>
      socket.end(
        answer(200, '{"seen":{}}', {
          'X-MicroAPI-Good': 'yes',
          'X-MicroAPI-b+d': 'x',
          'X-MicroAPI-Bin': 'Zo\u00eb',
          Other: '1',
        }),
      ),
    )
    const call = connectTo({ url }).metadata.mirror()
    expect(await call).toEqual({ seen: {} })
    expect((await call.header).toJSON()).toEqual({ good: 'yes' })
  })
})
