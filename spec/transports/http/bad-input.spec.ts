import { describe, expect, it } from 'vitest'
import {
  ask,
  askJson,
  chunk,
  chunked,
  collect,
  connectTo,
  curl,
  failureOf,
  head,
  post,
  rawConnect,
  serveDemo,
  type Raw,
} from './support.ts'

const ndjson = 'application/x-ndjson'
const json = 'application/json'
const limit = 10_000

/** The status and the error of an answer on a socket. */
function read(reply: string): { status: number; error: Record<string, unknown>; closes: boolean } {
  const [top, body] = reply.split('\r\n\r\n') as [string, string]
  return {
    status: Number(top.split(' ')[1]),
    error: JSON.parse(body) as Record<string, unknown>,
    closes: /\r\nconnection: close/i.test(top),
  }
}

/** Sends until the server has had enough. */
function pour(raw: Raw, text: string): void {
  const more = (): void => {
    while (!raw.socket.destroyed && raw.socket.writable && raw.socket.write(text));
  }
  raw.socket.on('drain', more)
  more()
}

describe('a body that is no JSON', () => {
  it.each([
    '{"text":',
    '{text:1}',
    '{"text":"a"}}',
    'text',
    '{"text":"a"}{"text":"b"}',
    "{'text':'a'}",
    '\uFEFF{"text":"a"}',
  ])('%s is 400', async (body) => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/values/text`, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      status_code: 3,
      error: expect.stringMatching(/^not JSON: /) as unknown,
    })
  })

  it('but no UTF-8 either is 400', async () => {
    const { url } = await serveDemo()
    const body = Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')])
    for (const path of ['/values/text', '/streams/sum']) {
      const { status, text } = await ask(url + path, { headers: { 'content-type': json }, body })
      expect(status).toBe(400)
      expect(JSON.parse(text)).toMatchObject({ code: 'INVALID_ARGUMENT', error: 'the body is not UTF-8' })
    }
  })

  it('is nested too deep is 400', async () => {
    const { url, probe } = await serveDemo()
    const { status, text } = await askJson(
      `${url}/values/open`,
      `{"text":"a","deep":${'['.repeat(100)}${']'.repeat(100)}}`,
    )
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      error: 'JSON is nested deeper than 64 levels (maxDepth)',
    })
    expect(probe.events).toEqual([])
  })

  it('may be nested as deep as the option says', async () => {
    const { url } = await serveDemo({ maxDepth: 3 })
    expect(await askJson(`${url}/values/open`, { text: 'a', x: [[1]] })).toMatchObject({ status: 200 })
    expect(await askJson(`${url}/values/open`, { text: 'a', x: [[[1]]] })).toMatchObject({ status: 400 })
  })

  it.each([
    '{"text":"a","__proto__":{"x":1}}',
    '{"text":"a","constructor":{"prototype":{"x":1}}}',
    String.raw`{"text":"a","\u005f_proto__":{}}`,
  ])('%s is 400', async (body) => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/values/open`, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      error: expect.stringContaining('is refused') as unknown,
    })
    expect(({} as { x?: number }).x).toBeUndefined()
  })
})

describe('a body of the wrong type', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json+x',
    'nonsense',
    'application/octet-stream',
  ])('%s is 415', async (type) => {
    const { url, probe } = await serveDemo()
    for (const path of ['/values/text', '/streams/sum']) {
      const { status, text } = await askJson(url + path, '{"text":"a"}', { 'content-type': type })
      expect(status).toBe(415)
      expect(JSON.parse(text)).toMatchObject({
        code: 'INVALID_ARGUMENT',
        status_code: 3,
        reason: 'UNSUPPORTED_MEDIA_TYPE',
        error: expect.stringContaining('send application/json or application/x-ndjson') as unknown,
      })
    }
    expect(probe.events).toEqual([])
  })

  it('none at all, is 415; so is what curl sends when nobody says otherwise', async () => {
    const { url } = await serveDemo()
    expect(await ask(`${url}/values/text`, { body: '{"text":"a"}' })).toMatchObject({ status: 415 })
    expect(await curl('-d', '{"text":"a"}', `${url}/values/text`)).toMatchObject({ status: 415 })
  })
})

describe('a body that is too large', () => {
  it('is refused by its length before any of it was sent', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/values/text', { 'content-type': json, 'content-length': 10_000_000_000 }))
    const { status, error, closes } = read(await raw.closed)
    expect(status).toBe(413)
    expect(closes).toBe(true)
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      status_code: 8,
      reason: 'TOO_LARGE',
      error: 'message of more than 1048576 bytes (maxMessageBytes)',
    })
    expect(probe.events).toEqual([])
  })

  it.each([
    ['one chunked message', '/values/text', json, '{"text":"'],
    ['an item of an array', '/streams/sum', json, '[{"value":1},{"value":"'],
    ['a line', '/streams/sum', ndjson, '{"value":1}\n{"value":"'],
    ['what is no array', '/streams/sum', json, '{"value":"'],
  ])('%s, without an end, is refused as soon as the limit is passed', async (_, path, type, begin) => {
    const { port } = await serveDemo({ maxMessageBytes: limit })
    const raw = await rawConnect(port)
    raw.send(head(path, chunked(type)) + chunk(begin))
    pour(raw, chunk('x'.repeat(1_000)))
    const { status, error } = read(await raw.until(/"retryable":false\}/))
    expect(status).toBe(413)
    expect(error).toMatchObject({
      reason: 'TOO_LARGE',
      error: expect.stringContaining(`more than ${limit} bytes`) as unknown,
    })
    await raw.closed
  })

  it('in whatever small chunks it comes, the message before the limit is taken', async () => {
    const { port } = await serveDemo({ maxMessageBytes: limit })
    const raw = await rawConnect(port)
    const text = 'x'.repeat(limit - '{"text":""}'.length)
    const bytes = (body: string): string => Array.from(body, (char) => chunk(char)).join('') + chunk('')
    raw.send(head('/values/text', chunked(json)) + bytes(JSON.stringify({ text })))
    await raw.until(`{"text":"${text}"}`)
    raw.send(head('/values/text', chunked(json)) + bytes(JSON.stringify({ text: `${text}x` })))
    await raw.until('413 Payload Too Large')
  })

  it('is refused to curl too, whatever it expects first', async () => {
    const { url } = await serveDemo({ maxMessageBytes: limit })
    const file = `{"text":"${'x'.repeat(limit)}"}`
    const expecting = ['-H', 'expect: 100-continue', '-H', `content-type: ${json}`, '-d', file]
    expect(await curl(...expecting, `${url}/values/text`)).toMatchObject({ exit: 0, status: 413 })
  })

  it('is refused to our client by its own limit, or by the server', async () => {
    const { url } = await serveDemo({ maxMessageBytes: limit })
    const text = 'x'.repeat(limit)
    const tooLarge = { code: 'RESOURCE_EXHAUSTED', reason: 'TOO_LARGE' }
    expect(await failureOf(connectTo({ url, maxMessageBytes: 100 }).values.text({ text }))).toMatchObject(
      tooLarge,
    )
    expect(await failureOf(connectTo({ url }).values.text({ text }))).toMatchObject(tooLarge)
    expect(
      await failureOf(collect(connectTo({ url }).streams.echo([{ text: 'a' }, { text }]))),
    ).toMatchObject(tooLarge)
  })

  it('as a stream in all is not: only its messages count', async () => {
    const { url } = await serveDemo({ maxMessageBytes: 100 })
    const messages = Array.from({ length: 1_000 }, (_, value) => ({ value }))
    expect(await connectTo({ url }).streams.sum(messages)).toEqual({ count: 1_000, total: 499_500 })
  })
})

describe('a bad message in the middle of a stream', () => {
  it.each([
    ['line', ndjson, '{"value":1}\n{"value":2}\n', '{"value":\n{"value":4}\n', /^line 3: not JSON/],
    ['item', json, '[{"value":1},{"value":2}', ',{"value":},{"value":4}]', /^item 2: not JSON/],
    [
      'line with a refused key',
      ndjson,
      '{"value":1}\n{"value":2}\n',
      '{"__proto__":1}\n',
      /^line 3: .*is refused/,
    ],
  ])(
    '(a %s) is INVALID_ARGUMENT and names its place; those before it were handled',
    async (_, type, good, bad, message) => {
      const { port, probe } = await serveDemo()
      const raw = await rawConnect(port)
      raw.send(head('/life/read', chunked(type)) + chunk(good))
      await probe.until('read item', 2)
      raw.send(chunk(bad) + chunk(''))
      const { status, error } = read(await raw.until(/"retryable":false\}/))
      expect(status).toBe(400)
      expect(error).toMatchObject({
        code: 'INVALID_ARGUMENT',
        error: expect.stringMatching(message) as unknown,
      })
      expect(probe.count('read item')).toBe(2)
      await probe.until('read ended')
    },
  )

  it('all sent at once: those before it are handled all the same', async () => {
    const { url, probe } = await serveDemo()
    const body = '{"value":1}\n{"value":2}\noops\n{"value":4}\n'
    const { status, text } = await ask(`${url}/life/read`, { headers: { 'content-type': ndjson }, body })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^line 3: /) as unknown })
    expect(probe.value('read item')).toBe(2)
  })

  it('ends a two-way stream behind the answers to those before it', async () => {
    const { url } = await serveDemo()
    const { status, text } = await ask(`${url}/life/talk`, {
      headers: { 'content-type': ndjson, accept: `${ndjson}; envelope=1` },
      body: '{"value":1}\n{"value":2}\noops\n',
    })
    expect(status).toBe(200)
    expect(text).toMatch(
      /^\{"value":1\}\n\{"value":2\}\n\[\{"type":"stream_end","error":"line 3: not JSON[^\n]*","code":"INVALID_ARGUMENT","status_code":3,"retryable":false\}\]\n$/,
    )
  })

  it('that its schema forbids is INVALID_ARGUMENT too', async () => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/life/read`, '[{"value":1},{"value":"x"}]')
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ reason: 'VALIDATION' })
  })
})

describe('headers', () => {
  it('up to a hundred of metadata pass, one more is 431', async () => {
    const { url, probe } = await serveDemo()
    const many = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-microapi-k${i}`, 'v']))
    expect(await askJson(`${url}/values/nothing`, {}, many(100))).toMatchObject({ status: 200 })
    const { status, text } = await askJson(`${url}/metadata/failing`, {}, many(101))
    expect(status).toBe(431)
    expect(JSON.parse(text)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', status_code: 8 })
    expect(probe.count('saw')).toBe(0)
  })

  it('of whatever names, 200 are 431', async () => {
    const { url, probe } = await serveDemo()
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'v']))
    const { status, text } = await askJson(`${url}/metadata/failing`, {}, many)
    expect(status).toBe(431)
    expect(JSON.parse(text)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_HEADERS' })
    expect(probe.count('saw')).toBe(0)
  })

  it('of more than 16 KiB are 431', async () => {
    const { url, port } = await serveDemo()
    const { status, text } = await askJson(
      `${url}/values/nothing`,
      {},
      { 'x-microapi-a': 'x'.repeat(17_000) },
    )
    expect(status).toBe(431)
    expect(JSON.parse(text)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', status_code: 8 })
    const endless = await rawConnect(port)
    endless.send('POST /values/nothing HTTP/1.1\r\nhost: x\r\n')
    pour(endless, 'x-a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n')
    await endless.until('431 Request Header Fields Too Large')
    await endless.closed
  })

  it.each([
    ['a bare CR in a value', 'x-microapi-a: a\rx-evil: 1\r\n'],
    ['a NUL in a value', 'x-microapi-a: a\0b\r\n'],
    ['a blank before the colon', 'x-microapi-a : 1\r\n'],
    ['no colon', 'x-microapi-a\r\n'],
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
    ['a length that is no number', 'content-length: 2x\r\n'],
  ])('with %s are 400, and the connection ends', async (_, line) => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(`POST /metadata/failing HTTP/1.1\r\nhost: x\r\n${line}\r\n{}`)
    const { status, error } = read(await raw.closed)
    expect(status).toBe(400)
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', status_code: 3, error: 'not HTTP' })
    expect(probe.count('saw')).toBe(0)
  })

  it('that were folded into the one before never become a header of their own', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send('POST /metadata/mirror HTTP/1.1\r\nhost: x\r\nx-microapi-a: a\r\n x-microapi-evil: 1\r\n\r\n')
    const reply = await raw.until(/"\}\}|"retryable"/)
    expect(reply).not.toContain('"evil"')
  })

  it.each([
    '',
    'GARBAGE\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ])('that are no HTTP (%j) are 400, or nothing, and the connection ends', async (text) => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.socket.end(text, 'latin1')
    const reply = await raw.closed
    expect(reply === '' ? 400 : read(reply).status).toBe(400)
  })
})

describe('what comes too slowly', () => {
  it('a head is 408, and the connection ends', async () => {
    const { port } = await serveDemo({ headersTimeoutMs: 50 })
    const raw = await rawConnect(port)
    raw.send('POST /values/nothing HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const { status, error } = read(await raw.closed)
    expect(status).toBe(408)
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', status_code: 4 })
  })

  it('a connection on which nothing comes ends', async () => {
    const { port } = await serveDemo({ headersTimeoutMs: 50 })
    await (
      await rawConnect(port)
    ).closed
  })

  it('a single message is 504, and the connection ends', async () => {
    const { port, probe } = await serveDemo({ bodyTimeoutMs: 50 })
    const raw = await rawConnect(port)
    raw.send(head('/values/text', { 'content-type': json, 'content-length': 20 }) + '{"text":')
    const { status, error, closes } = read(await raw.closed)
    expect(status).toBe(504)
    expect(closes).toBe(true)
    expect(error).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      error: expect.stringContaining('bodyTimeoutMs') as unknown,
    })
    expect(probe.events).toEqual([])
  })

  it('a stream of messages may be silent, unless an idle limit says otherwise', async () => {
    const patient = await serveDemo({ bodyTimeoutMs: 10 })
    const raw = await rawConnect(patient.port)
    raw.send(head('/life/read', chunked(ndjson)) + chunk('{"value":1}\n'))
    await patient.probe.until('read item')
    // As long as this takes the stream is silent, five times its limit for single messages.
    const slow = await rawConnect(patient.port)
    for (let i = 1; i <= 5; i++) {
      const other = i === 1 ? slow : await rawConnect(patient.port)
      other.send(head('/values/text', { 'content-type': json, 'content-length': 20 }))
      await other.closed
    }
    raw.send(chunk('{"value":2}\n') + chunk(''))
    await raw.until('{"value":3}')

    const strict = await serveDemo({ idleTimeoutMs: 50 })
    const held = await rawConnect(strict.port)
    held.send(head('/life/read', chunked(ndjson)) + chunk('{"value":1}\n'))
    const { status, error } = read(await held.closed)
    expect(status).toBe(504)
    expect(error).toMatchObject({ error: expect.stringContaining('idleTimeoutMs') as unknown })
    await strict.probe.until('read ended')
  })
})

it('a server that has refused all this still serves', async () => {
  const { port, url } = await serveDemo({ maxMessageBytes: limit })
  for (const bad of [
    '\0\0\0',
    post('/values/text', 'x'),
    head('/values/text', { 'content-length': 99_999_999 }),
  ]) {
    const raw = await rawConnect(port)
    raw.send(bad)
    await raw.until(/HTTP\/1\.1 4\d\d/)
    raw.socket.destroy()
  }
  expect(await askJson(`${url}/values/text`, { text: 'hi' })).toMatchObject({ status: 200 })
})
