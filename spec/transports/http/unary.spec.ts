import { describe, expect, it } from 'vitest'
import { ask, askJson, curl, post, rawConnect, serveDemo } from './support.ts'

const json = ['-H', 'content-type: application/json', '-d']
const lines = ['-H', 'content-type: application/x-ndjson', '--data-binary']

describe('POST /{service}/{method}', () => {
  it('takes the message as JSON and answers with the output as JSON, to the byte', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/values/text', { text: 'Zoë' }))
    const reply = await raw.until('"}')
    const [head, body] = reply.split('\r\n\r\n') as [string, string]
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head.toLowerCase()).toMatch(/\r\ncontent-type: application\/json(; charset=utf-8)?\r\n/)
    expect(head.toLowerCase()).toMatch(/\r\ncontent-length: 15\r\n/)
    expect(body).toBe('{"text":"Zoë"}')
  })

  it('is called with curl as any URL is', async () => {
    const { url } = await serveDemo()
    expect(await curl(...json, '{"text":"hi"}', `${url}/values/text`)).toEqual({
      exit: 0,
      status: 200,
      body: '{"text":"hi"}',
    })
  })

  it('stands behind a prefix, and health in front of it', async () => {
    const { url } = await serveDemo({ prefix: '/api/v1' })
    expect(url).toMatch(/:\d+\/api\/v1$/)
    expect(await curl(...json, '{"text":"hi"}', `${url}/values/text`)).toMatchObject({ status: 200 })
    const origin = new URL(url).origin
    expect(await curl(...json, '{"text":"hi"}', `${origin}/values/text`)).toMatchObject({ status: 404 })
    expect(await curl(`${origin}/health`)).toMatchObject({ status: 200 })
  })

  it('names may be percent-encoded', async () => {
    const { url } = await serveDemo()
    expect(await curl(...json, '{"text":"hi"}', `${url}/val%75es/%74ext`)).toMatchObject({ status: 200 })
  })

  it('the type may have parameters and be written in any case', async () => {
    const { url } = await serveDemo()
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/json;charset=UTF-8 ',
    ]) {
      expect(await askJson(`${url}/values/text`, { text: 'hi' }, { 'content-type': type })).toMatchObject({
        status: 200,
        text: '{"text":"hi"}',
      })
    }
  })

  it('a large message arrives whole', async () => {
    const { url } = await serveDemo()
    const text = '€'.repeat(300_000)
    expect(JSON.parse((await askJson(`${url}/values/text`, { text })).text)).toEqual({ text })
  })
})

describe('a method that takes nothing', () => {
  it.each([
    ['no body at all', []],
    ['{}', ['{}']],
    ['null', ['null']],
    ['blanks', [' \n']],
  ])('takes %s, and answers {}', async (_, body) => {
    const { url } = await serveDemo()
    const args = body.length > 0 ? [...json, ...body] : ['-X', 'POST']
    expect(await curl(...args, `${url}/values/nothing`)).toEqual({ exit: 0, status: 200, body: '{}' })
  })

  it('takes a body of length 0 of no type, and an empty chunked one', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send('POST /values/nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
    await raw.until(/200 OK[^]*\{\}/)
    raw.send(
      'POST /values/nothing HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    await raw.until(/200 OK[^]*\{\}[^]*200 OK[^]*\{\}/)
  })
})

describe('a method that takes one message', () => {
  it('takes one NDJSON line as that message, with or without its end and empty lines around it', async () => {
    const { url } = await serveDemo()
    for (const body of ['{"text":"hi"}', '{"text":"hi"}\n', '\n\r\n{"text":"hi"}\r\n\n']) {
      expect(await curl(...lines, body, `${url}/values/text`)).toEqual({
        exit: 0,
        status: 200,
        body: '{"text":"hi"}',
      })
    }
  })

  it('answers UNIMPLEMENTED to two lines', async () => {
    const { url, probe } = await serveDemo()
    const { status, body } = await curl(...lines, '{"text":"a"}\n{"text":"b"}\n', `${url}/values/text`)
    expect(status).toBe(501)
    expect(JSON.parse(body)).toMatchObject({ code: 'UNIMPLEMENTED', status_code: 12 })
    expect(probe.events).toEqual([])
  })

  it('reads nothing as {}, and checks it', async () => {
    const { url } = await serveDemo()
    const { status, body } = await curl('-X', 'POST', `${url}/values/text`)
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION',
      details: { keyword: 'required' },
    })
  })

  it('takes no array', async () => {
    const { url } = await serveDemo()
    expect(await curl(...json, '[{"text":"hi"}]', `${url}/values/text`)).toMatchObject({ status: 400 })
  })
})

describe('names that nobody serves', () => {
  it.each([
    '/values/nope',
    '/nope/text',
    '/values/__proto__',
    '/values/constructor',
    '/values/toString',
    '/__proto__/constructor',
    '/constructor/name',
    '/values/%5F_proto__',
    '/Values/text',
    '/values/text%20',
    `/values/${'x'.repeat(300)}`,
  ])('%s is 404 UNIMPLEMENTED', async (path) => {
    const { url } = await serveDemo()
    const { status, text, headers } = await askJson(url + path, {})
    expect(status).toBe(404)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(JSON.parse(text)).toMatchObject({
      code: 'UNIMPLEMENTED',
      status_code: 12,
      reason: 'UNKNOWN_METHOD',
      error: expect.any(String),
    })
  })

  it.each(['/', '/values', '/values/text/more', '/values/text/', '//values/text', '/values%2Ftext'])(
    '%s is 404, and the error says how methods are called',
    async (path) => {
      const { url } = await serveDemo()
      const { status, text } = await askJson(url + path, {})
      expect(status).toBe(404)
      expect(JSON.parse(text)).toMatchObject({
        code: 'UNIMPLEMENTED',
        error: expect.stringContaining('methods are called with POST /{service}/{method}') as unknown,
      })
    },
  )

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s of a method is 404', async (method) => {
    const { url } = await serveDemo()
    const { status, text } = await ask(`${url}/values/text`, { method })
    expect(status).toBe(404)
    expect(JSON.parse(text)).toMatchObject({
      code: 'UNIMPLEMENTED',
      error: expect.stringContaining('methods are called with POST /{service}/{method}') as unknown,
    })
  })

  it('a broken percent-encoding is 400 in the shape of all failures', async () => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/values/%E0%A4%A`, {})
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ code: 'INVALID_ARGUMENT', status_code: 3 })
  })
})

describe('health', () => {
  it('GET /health is exactly {"status":"ok"}', async () => {
    const { url } = await serveDemo()
    const { status, text, headers } = await ask(`${url}/health`, { method: 'GET' })
    expect([status, text]).toEqual([200, '{"status":"ok"}'])
    expect(headers['content-type']).toMatch(/^application\/json/)
  })

  it('GET /live and /ready answer too', async () => {
    const { url } = await serveDemo()
    expect(await curl(`${url}/live`)).toEqual({ exit: 0, status: 200, body: '{"status":"ok"}' })
    expect(await curl(`${url}/ready`)).toMatchObject({ status: 200 })
  })

  it('while the server drains it lives and is not ready', async () => {
    const { url, server, probe } = await serveDemo({}, { drainDelayMs: 3_000, graceMs: 5_000 })
    const call = askJson(`${url}/life/busy`, {})
    await probe.until('busy began')
    const closed = server.close()
    expect(await curl(`${url}/ready`)).toEqual({ exit: 0, status: 503, body: '{"status":"not ready"}' })
    expect(await curl(`${url}/live`)).toMatchObject({ status: 200 })
    expect(await curl(`${url}/health`)).toMatchObject({ status: 200 })
    // Until the delay has passed calls are still taken.
    expect(await curl(...json, '{"text":"hi"}', `${url}/values/text`)).toMatchObject({ status: 200 })
    probe.open('busy')
    expect(await call).toMatchObject({ status: 200 })
    await closed
  })
})

describe('X-MicroAPI-timeout-ms', () => {
  it('is the time that the call has left, and no metadata', async () => {
    const { url } = await serveDemo()
    const { text } = await askJson(`${url}/life/clock`, {}, { 'X-MicroAPI-timeout-ms': '60000' })
    const { left } = JSON.parse(text) as { left: number }
    expect(left).toBeGreaterThan(30_000)
    expect(left).toBeLessThanOrEqual(60_000)
    const mirror = await askJson(
      `${url}/metadata/mirror`,
      {},
      { 'X-MicroAPI-timeout-ms': '60000', 'X-MicroAPI-a': '1' },
    )
    expect(JSON.parse(mirror.text)).toEqual({ seen: { a: '1' } })
  })

  it('over is 504', async () => {
    const { url, probe } = await serveDemo()
    const { status, text } = await askJson(`${url}/life/hold`, {}, { 'x-microapi-timeout-ms': '30' })
    expect(status).toBe(504)
    expect(JSON.parse(text)).toMatchObject({ code: 'DEADLINE_EXCEEDED', status_code: 4 })
    await probe.until('hold ended')
  })

  it('of 0 is over before the handler runs', async () => {
    const { url, probe } = await serveDemo()
    expect(await askJson(`${url}/life/hold`, {}, { 'x-microapi-timeout-ms': '0' })).toMatchObject({
      status: 504,
    })
    expect(probe.count('hold began')).toBe(0)
  })

  it.each(['soon', '-1', '1e3', '10.5', ''])('%j is 400', async (value) => {
    const { url } = await serveDemo()
    expect(await askJson(`${url}/values/nothing`, {}, { 'x-microapi-timeout-ms': value })).toMatchObject({
      status: 400,
    })
  })
})
