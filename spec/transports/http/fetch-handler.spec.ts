import { fetchHandler } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeApp } from './support.ts'

const ndjson = 'application/x-ndjson'
const json = 'application/json'
const origin = 'https://example.org'

function handlerOf(options: Parameters<typeof fetchHandler>[1] = {}) {
  const { app, probe, log } = makeApp()
  const handle = fetchHandler(app, options)
  onTestFinished(() => handle.close())
  const call = (path: string, body?: unknown, init: RequestInit = {}): Promise<Response> =>
    handle(
      new Request(origin + path, {
        method: 'POST',
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...init,
        headers: {
          ...(body === undefined ? {} : { 'content-type': json }),
          ...(init.headers as Record<string, string>),
        },
      }),
    )
  return { handle, call, probe, log }
}

/** A body that the test writes as it goes. */
function upload() {
  const encoder = new TextEncoder()
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let pulls = 0
  const body = new ReadableStream<Uint8Array>(
    {
      start: (own) => void (controller = own),
      pull: () => void pulls++,
    },
    { highWaterMark: 0 },
  )
  return {
    body,
    send: (text: string) => controller.enqueue(encoder.encode(text)),
    end: () => controller.close(),
    fail: (error: unknown) => controller.error(error),
    get pulls() {
      return pulls
    },
  }
}

/** Reads a body part by part. */
function readerOf(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    reader,
    until: async (part: string): Promise<string> => {
      while (!text.includes(part)) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`the body ended before ${part}: ${text}`)
        text += value
      }
      return text
    },
  }
}

describe('a fetch handler', () => {
  it('answers one message', async () => {
    const { call } = handlerOf()
    const response = await call('/values/text', { text: 'Zoë' })
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      json,
      '{"text":"Zoë"}',
    ])
    expect(await (await call('/values/nothing')).text()).toBe('{}')
    expect(
      await (await call('/values/text', '{"text":"a"}\n', { headers: { 'content-type': ndjson } })).json(),
    ).toEqual({ text: 'a' })
  })

  it('answers with a stream', async () => {
    const { call } = handlerOf()
    const plain = await call('/streams/count', { to: 2 })
    expect([plain.headers.get('content-type'), await plain.text()]).toEqual([
      ndjson,
      '{"value":0}\n{"value":1}\n',
    ])
    const told = await call('/streams/count', { to: 1 }, { headers: { accept: `${ndjson}; envelope=1` } })
    expect([told.headers.get('content-type'), await told.text()]).toEqual([
      `${ndjson}; envelope=1`,
      '{"value":0}\n[{"type":"stream_end"}]\n',
    ])
  })

  it('takes a stream, as an array or as lines', async () => {
    const { call } = handlerOf()
    expect(await (await call('/streams/sum', [{ value: 1 }, { value: 2 }])).json()).toEqual({
      count: 2,
      total: 3,
    })
    const lines = { headers: { 'content-type': ndjson } }
    expect(await (await call('/streams/sum', '{"value":1}\n{"value":2}', lines)).json()).toEqual({
      count: 2,
      total: 3,
    })
    for (const empty of ['[]', '{}', 'null', undefined]) {
      expect(await (await call('/streams/sum', empty)).json()).toEqual({ count: 0, total: 0 })
    }
  })

  it('streams both ways at once', async () => {
    const { handle, probe } = handlerOf()
    const up = upload()
    const headers = { 'content-type': ndjson, accept: `${ndjson}; envelope=1` }
    const pending = handle(
      new Request(`${origin}/life/talk`, { method: 'POST', headers, body: up.body, duplex: 'half' }),
    )
    up.send('{"value":1}\n')
    const { until } = readerOf(await pending)
    await until('{"value":1}\n')
    up.send('{"value":2}\n{"val')
    await until('{"value":2}\n')
    up.send('ue":3}')
    up.end()
    expect(await until('stream_end')).toBe('{"value":1}\n{"value":2}\n{"value":3}\n[{"type":"stream_end"}]\n')
    expect(probe.count('talk ended')).toBe(1)
  })

  it('carries metadata both ways', async () => {
    const { call } = handlerOf()
    const response = await call(
      '/metadata/mirror',
      {},
      { headers: { 'X-MicroAPI-Who': 'ann', authorization: 'Bearer x' } },
    )
    expect(await response.json()).toEqual({ seen: { who: 'ann', authorization: 'Bearer x' } })
    expect(response.headers.get('x-microapi-from-header')).toBe('a, b')
    expect(response.headers.get('x-microapi-trailer-from-trailer')).toBe('c, d')
  })

  it.each([
    ['no JSON', '/values/text', '{', {}, 400, 'INVALID_ARGUMENT'],
    ['no UTF-8', '/values/text', Uint8Array.of(0x22, 0xff, 0x22), {}, 400, 'INVALID_ARGUMENT'],
    ['what its schema forbids', '/values/text', '{"text":5}', {}, 400, 'INVALID_ARGUMENT'],
    ['a wrong type', '/values/text', 'x', { 'content-type': 'text/plain' }, 415, 'INVALID_ARGUMENT'],
    ['too much', '/values/text', `{"text":"${'x'.repeat(20_000)}"}`, {}, 413, 'RESOURCE_EXHAUSTED'],
    [
      'too much in one item',
      '/streams/sum',
      `[{"value":"${'x'.repeat(20_000)}"}]`,
      {},
      413,
      'RESOURCE_EXHAUSTED',
    ],
    ['a bad line', '/streams/sum', '{"value":1}\nx\n', { 'content-type': ndjson }, 400, 'INVALID_ARGUMENT'],
    ['a refused key', '/values/open', '{"text":"a","__proto__":{}}', {}, 400, 'INVALID_ARGUMENT'],
    ['an unknown method', '/values/nope', '{}', {}, 404, 'UNIMPLEMENTED'],
    ['an unknown path', '/values', '{}', {}, 404, 'UNIMPLEMENTED'],
    ['a name of JavaScript', '/values/__proto__', '{}', {}, 404, 'UNIMPLEMENTED'],
    ['a broken encoding', '/values/%E0%A4%A', '{}', {}, 400, 'INVALID_ARGUMENT'],
    ['a bad deadline', '/values/nothing', '{}', { 'x-microapi-timeout-ms': 'x' }, 400, 'INVALID_ARGUMENT'],
    [
      'a deadline that has passed',
      '/life/hold',
      '{}',
      { 'x-microapi-timeout-ms': '20' },
      504,
      'DEADLINE_EXCEEDED',
    ],
    ['a secret', '/failures/secret', '{}', {}, 500, 'INTERNAL'],
    ['bad output', '/answers/bad', '{}', {}, 500, 'INTERNAL'],
  ])('answers %s with its status and code', async (_, path, body, headers, status, code) => {
    const { handle } = handlerOf({ maxMessageBytes: 10_000 })
    const response = await handle(
      new Request(origin + path, {
        method: 'POST',
        body,
        headers: { 'content-type': json, ...(headers as Record<string, string>) },
      }),
    )
    expect([response.status, response.headers.get('content-type')]).toEqual([status, json])
    const failure = (await response.json()) as { code: string; error: string }
    expect(failure.code).toBe(code)
    if (code === 'INTERNAL') expect.soft(failure.error).toBe('internal error')
  })

  it('answers nothing but POST', async () => {
    const { handle } = handlerOf()
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await handle(new Request(`${origin}/values/text`, { method }))).status).toBe(404)
    }
  })

  it('stands behind a prefix', async () => {
    const { call } = handlerOf({ prefix: '/api/v1' })
    expect((await call('/api/v1/values/nothing', {})).status).toBe(200)
    for (const path of [
      '/values/nothing',
      '/api/v1values/nothing',
      '/api/v1',
      '/api/v1/values',
      '/api/v1/values/nothing/more',
    ]) {
      expect((await call(path, {})).status).toBe(404)
    }
  })

  it('decodes names', async () => {
    const { call } = handlerOf()
    expect((await call('/v%61lues/nothin%67', {})).status).toBe(200)
  })

  it('refuses a length that is too large before it reads', async () => {
    const { handle } = handlerOf()
    const up = upload()
    const headers = { 'content-type': json, 'content-length': '10000000000' }
    const response = await handle(
      new Request(`${origin}/values/text`, { method: 'POST', headers, body: up.body, duplex: 'half' }),
    )
    expect([response.status, up.pulls]).toEqual([413, 0])
  })
})

describe('a stream that fails', () => {
  it('before its first message is an answer of its status', async () => {
    const { call } = handlerOf()
    expect((await call('/failures/after', { items: 0, how: 'declared' })).status).toBe(400)
  })

  it('later is told in the last line, or by a body that breaks off', async () => {
    const { call } = handlerOf()
    const input = { items: 1, how: 'plain' }
    const told = await call('/failures/after', input, { headers: { accept: `${ndjson}; envelope=1` } })
    expect(await told.text()).toBe(
      '{"value":0}\n[{"type":"stream_end","error":"gone","code":"ABORTED","status_code":10,"retryable":false}]\n',
    )
    const plain = await call('/failures/after', input)
    expect(plain.status).toBe(200)
    const { until, reader } = readerOf(plain)
    await until('{"value":0}')
    await expect(reader.read()).rejects.toThrow('gone')
  })
})

describe('a client that leaves', () => {
  it('by its signal: the handler is cancelled', async () => {
    const { call, probe } = handlerOf()
    const abort = new AbortController()
    const pending = call('/life/hold', {}, { signal: abort.signal })
    await probe.until('hold began')
    abort.abort()
    expect((await pending).status).toBe(499)
    await probe.until('hold ended')
  })

  it('before its call: nothing runs', async () => {
    const { handle, probe } = handlerOf()
    const abort = new AbortController()
    const up = upload()
    const pending = handle(
      new Request(`${origin}/metadata/failing`, {
        method: 'POST',
        headers: { 'content-type': json },
        body: up.body,
        duplex: 'half',
        signal: abort.signal,
      }),
    )
    abort.abort()
    up.send('{}')
    up.end()
    expect((await pending).status).toBe(499)
    expect(probe.count('saw')).toBe(0)
  })

  it('by cancelling the body of its answer', async () => {
    const { call, probe } = handlerOf()
    const response = await call('/life/stall', {})
    const { until, reader } = readerOf(response)
    await until('{"value":0}')
    await reader.cancel()
    await probe.until('stall ended')
  })

  it('while it sends', async () => {
    const { handle, probe } = handlerOf()
    const up = upload()
    const headers = { 'content-type': ndjson }
    const pending = handle(
      new Request(`${origin}/life/read`, { method: 'POST', headers, body: up.body, duplex: 'half' }),
    )
    up.send('{"value":1}\n')
    await probe.until('read item')
    up.fail(new Error('gone'))
    expect((await pending).status).toBe(499)
    await probe.until('read ended')
  })
})

describe('backpressure', () => {
  it('a client that does not read stops the handler', async () => {
    const { call, probe } = handlerOf()
    const response = await call('/streams/flood', { items: 100_000, bytes: 1_000 })
    const reader = response.body!.getReader()
    for (let i = 0; i < 10; i++) await reader.read()
    // One is awaited before the answer, and streams may ask for one ahead.
    expect(probe.count('produced')).toBeLessThan(20)
    await reader.cancel()
    const held = probe.count('produced')
    await call('/values/nothing', {})
    expect(probe.count('produced')).toBe(held)
  })

  it('a handler that does not read stops the client', async () => {
    const { handle, probe } = handlerOf()
    const up = upload()
    const headers = { 'content-type': ndjson }
    const pending = handle(
      new Request(`${origin}/streams/absorb`, { method: 'POST', headers, body: up.body, duplex: 'half' }),
    )
    up.send('{"data":"x"}\n')
    await probe.until('first taken')
    const pulls = up.pulls
    for (let i = 0; i < 100; i++) up.send('{"data":"x"}\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(up.pulls - pulls).toBeLessThanOrEqual(2)
    probe.open('absorb')
    up.end()
    expect(await (await pending).json()).toEqual({ items: 101, bytes: 101 })
  })
})

it('close() waits for what runs, and refuses what comes', async () => {
  const { handle, call, probe } = handlerOf()
  const pending = call('/life/busy', {})
  await probe.until('busy began')
  const closed = handle.close()
  expect((await call('/values/nothing', {})).status).toBe(503)
  probe.open('busy')
  expect((await pending).status).toBe(200)
  await closed
})

describe('health of a fetch handler', () => {
  it('is told on GET, whatever the prefix, and is no longer ready once it closes', async () => {
    const { handle } = handlerOf({ prefix: '/api' })
    const get = async (path: string) => {
      const response = await handle(new Request(origin + path))
      return [response.status, await response.json()]
    }
    expect(await get('/health')).toEqual([200, { status: 'ok' }])
    expect(await get('/live')).toEqual([200, { status: 'ok' }])
    expect(await get('/ready')).toEqual([200, { status: 'ok' }])
    await handle.close()
    expect(await get('/live')).toEqual([200, { status: 'ok' }])
    expect(await get('/ready')).toEqual([503, { status: 'not ready' }])
  })

  it('does not remember a start that failed', async () => {
    let starts = 0
    const { app } = makeApp()
    const failing = {
      open: () => (++starts === 1 ? Promise.reject(new Error('the database sleeps')) : app.open()),
    }
    const handle = fetchHandler(failing)
    onTestFinished(() => handle.close())
    expect((await handle(new Request(`${origin}/health`))).status).toBe(500)
    expect((await handle(new Request(`${origin}/health`))).status).toBe(200)
  })
})
