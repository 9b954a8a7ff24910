import { isRpcError, RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { secretText } from '../../../lib/testing/app.ts'
import {
  answer,
  askJson,
  collect,
  connectTo,
  curl,
  failureOf,
  fakeServer,
  serveDemo,
  typeClientOf,
} from './support.ts'

const table = [
  ['CANCELLED', 1, 499],
  ['UNKNOWN', 2, 500],
  ['INVALID_ARGUMENT', 3, 400],
  ['DEADLINE_EXCEEDED', 4, 504],
  ['NOT_FOUND', 5, 404],
  ['ALREADY_EXISTS', 6, 409],
  ['PERMISSION_DENIED', 7, 403],
  ['RESOURCE_EXHAUSTED', 8, 429],
  ['FAILED_PRECONDITION', 9, 400],
  ['ABORTED', 10, 409],
  ['OUT_OF_RANGE', 11, 400],
  ['UNIMPLEMENTED', 12, 501],
  ['INTERNAL', 13, 500],
  ['UNAVAILABLE', 14, 503],
  ['DATA_LOSS', 15, 500],
  ['UNAUTHENTICATED', 16, 401],
] as const

describe('a failure', () => {
  it.each(table)('%s (%i) is %i', async (code, number, status) => {
    const { url } = await serveDemo()
    const { headers, ...rest } = await askJson(`${url}/failures/coded`, { code, message: 'so it is' })
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(rest.status).toBe(status)
    expect(JSON.parse(rest.text)).toEqual({
      error: 'so it is',
      code,
      status_code: number,
      retryable: code === 'UNAVAILABLE',
    })
    const client = connectTo({ url }, { retry: false })
    expect(await failureOf(client.failures.coded({ code, message: 'so it is' }))).toMatchObject({
      code,
      message: 'so it is',
    })
  })

  it('that was declared has its reason and details, to the byte', async () => {
    const { url } = await serveDemo()
    const args = ['-H', 'content-type: application/json', '-d', '{"left":3}']
    expect(await curl(...args, `${url}/failures/declared`)).toEqual({
      exit: 0,
      status: 400,
      body: '{"error":"nothing left","code":"FAILED_PRECONDITION","status_code":9,"reason":"OUT_OF_STOCK","details":{"left":3,"until":"1970-01-01T00:00:00.000Z"},"retryable":false}',
    })
    expect(JSON.parse((await askJson(`${url}/failures/busy`, {})).text)).toEqual({
      error: 'come back',
      code: 'RESOURCE_EXHAUSTED',
      status_code: 8,
      reason: 'BUSY',
      retryable: true,
    })
  })

  it('of a check says where, what and why', async () => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/values/text`, { text: 5 })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toEqual({
      error: 'input/text must be string',
      code: 'INVALID_ARGUMENT',
      status_code: 3,
      reason: 'VALIDATION',
      details: { pointer: '/text', keyword: 'type', message: 'must be string' },
      retryable: false,
    })
  })

  it('that nobody foresaw is "internal error" and nothing more; the log has the cause', async () => {
    const { url, log } = await serveDemo()
    const { status, text, headers } = await askJson(`${url}/failures/secret`, {})
    expect(status).toBe(500)
    expect(text).toBe('{"error":"internal error","code":"INTERNAL","status_code":13,"retryable":false}')
    expect(JSON.stringify(headers)).not.toContain(secretText)
    expect(log.lines).toMatchObject([{ level: 'error', details: { error: { message: secretText } } }])
  })

  it.each([
    ['/answers/bad', {}],
    ['/answers/bad_item', {}],
  ])(
    'of %s, whose handler returns what its schema forbids, tells nobody what that was',
    async (path, input) => {
      const { url, log } = await serveDemo()
      const { text } = await askJson(url + path, input, { accept: 'application/x-ndjson; envelope=1' })
      expect(text).toContain('"error":"internal error","code":"INTERNAL","status_code":13')
      expect(text).not.toContain('forbids')
      expect(log.lines).toMatchObject([
        {
          level: 'error',
          details: {
            error: { message: expect.stringContaining('returned what its schema forbids') as unknown },
          },
        },
      ])
    },
  )

  it('that has a line break in its message reaches the client with it', async () => {
    const { url } = await serveDemo()
    const call = connectTo({ url }).failures.coded({ code: 'NOT_FOUND', message: 'two\r\nlines: \u2028 é' })
    expect(await failureOf(call)).toMatchObject({ code: 'NOT_FOUND', message: 'two\r\nlines: \u2028 é' })
  })
})

describe('an answer that names no code', () => {
  it.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [408, 'DEADLINE_EXCEEDED'],
    [409, 'ABORTED'],
    [413, 'RESOURCE_EXHAUSTED'],
    [415, 'INVALID_ARGUMENT'],
    [429, 'RESOURCE_EXHAUSTED'],
    [501, 'UNIMPLEMENTED'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
    [418, 'UNKNOWN'],
    [500, 'UNKNOWN'],
    [505, 'UNKNOWN'],
    [302, 'UNKNOWN'],
  ])('%i reads as %s, with the message that a Python server sends', async (status, code) => {
    const url = await fakeServer((socket) => socket.end(answer(status, '{"error": "it said so"}')))
    for (const client of [connectTo({ url }, { retry: false }), typeClientOf({ url }, { retry: false })]) {
      const error = await failureOf(client.values.nothing({}))
      expect(error).toBeInstanceOf(RpcError)
      expect(error).toMatchObject({ code, message: 'it said so' })
    }
    const stream = connectTo({ url }, { retry: false }).streams.count({ to: 1 })
    expect(await failureOf(collect(stream))).toMatchObject({ code, message: 'it said so' })
  })

  it('and is no JSON, as from a proxy, is told by its status and first line', async () => {
    const url = await fakeServer((socket) =>
      socket.end(answer(502, '<html>\n<h1>Bad Gateway</h1>', { 'content-type': 'text/html' })),
    )
    expect(await failureOf(connectTo({ url }, { retry: false }).values.nothing())).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'HTTP 502: <html>',
    })
  })

  it('and has no body, or an endless one, is told by its status', async () => {
    const empty = await fakeServer((socket) => socket.end(answer(503, '')))
    expect(await failureOf(connectTo({ url: empty }, { retry: false }).values.nothing())).toMatchObject({
      code: 'UNAVAILABLE',
    })
    const endless = await fakeServer((socket) => {
      socket.write('HTTP/1.1 403 Forbidden\r\n\r\n')
      const pour = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      }
      socket.on('drain', pour)
      pour()
    })
    expect(await failureOf(connectTo({ url: endless }).values.nothing())).toMatchObject({
      code: 'PERMISSION_DENIED',
    })
  })
})

describe('an answer of 200', () => {
  it.each(['', 'null', '{}'])('%j is {} for a method without output', async (body) => {
    const url = await fakeServer((socket) => socket.end(answer(200, body)))
    expect(await connectTo({ url }).values.nothing()).toEqual({})
    expect(await typeClientOf({ url }).values.nothing({})).toEqual({})
  })

  it.each(['{"text":', 'oops', '<html>'])('%j, which is no JSON, is INTERNAL', async (body) => {
    const url = await fakeServer((socket) => socket.end(answer(200, body)))
    expect(await failureOf(typeClientOf({ url }).values.text({ text: 'x' }))).toMatchObject({
      code: 'INTERNAL',
    })
  })

  it('that the contract forbids is INTERNAL', async () => {
    const url = await fakeServer((socket) => socket.end(answer(200, '{"text":5}')))
    expect(await failureOf(connectTo({ url }).values.text({ text: 'x' }))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('what the contract forbids') as unknown,
    })
  })

  it("longer than the client's limit is refused before it is read", async () => {
    const { url } = await serveDemo()
    const call = connectTo({ url, maxMessageBytes: 1_000 }).failures.coded({
      code: 'NOT_FOUND',
      message: 'x'.repeat(100),
    })
    expect(await failureOf(call)).toMatchObject({ code: 'NOT_FOUND' })
    const large = await fakeServer((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10000000000\r\n\r\n{"text":"',
      )
      const pour = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      }
      socket.on('drain', pour)
      pour()
    })
    expect(await failureOf(connectTo({ url: large }).values.text({ text: 'x' }))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_LARGE',
    })
  })
})

it('a declared error is narrowed on the client by its name', async () => {
  const { url } = await serveDemo()
  const client = connectTo({ url })
  const error = await failureOf(client.failures.declared({ left: 3 }))
  if (!isRpcError(error, 'OUT_OF_STOCK', client.failures.declared)) throw error
  expect(error.details.left).toBe(3)
})
