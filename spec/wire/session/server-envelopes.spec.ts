import { describe, expect, it } from 'vitest'
import { serverDesk } from './fixtures/sessions.ts'

const id = '0123456789abcdef0123456789abcdef'

/** An envelope as the Python package writes it: every key, in its order. */
function python(
  type: string,
  method: string,
  payload: unknown,
  metadata: Record<string, string> = {},
  ids = id,
): string {
  const names = method === '' ? { service: '', method: '' } : { service: 'math', method }
  return JSON.stringify({ type, ...names, id: ids, payload, metadata, error: null, status_code: 0 })
}

describe('a server, and a Python client', () => {
  it('answers a request by one response, which echoes its names', async () => {
    const { ask } = await serverDesk(false)
    expect(await ask(python('request', 'add', { a: 1, b: 2 }))).toEqual([
      `{"type":"response","service":"math","method":"add","id":"${id}","payload":{"sum":3},"metadata":{},"error":null,"status_code":0}`,
    ])
  })

  it('gives header and trailer with the response', async () => {
    const { ask } = await serverDesk(false)
    expect(await ask(python('request', 'add', { a: 1_001, b: 2 }))).toEqual([
      `{"type":"response","service":"math","method":"add","id":"${id}","payload":{"sum":1003},"metadata":{"begin":"yes","end":"yes"},"error":null,"status_code":0}`,
    ])
  })

  it('answers a stream by items and their end', async () => {
    const { ask } = await serverDesk(false)
    const head = `"service":"math","method":"count","id":"${id}"`
    expect(await ask(python('request', 'count', { to: 1 }))).toEqual([
      `{"type":"stream_push",${head},"payload":{"n":1},"metadata":{},"error":null,"status_code":0}`,
      `{"type":"stream_end",${head},"payload":null,"metadata":{"end":"yes"},"error":null,"status_code":0}`,
    ])
  })

  it('takes a stream whose metadata come with its end, and answers without names', async () => {
    const { ask, watch } = await serverDesk(false)
    const answer = await ask(
      python('stream_push', 'sum', { n: 1 }),
      python('stream_push', 'sum', { n: 2 }),
      python('stream_end', 'sum', null, { tenant: 'acme' }),
    )
    expect(answer).toEqual([
      `{"type":"response","service":"","method":"","id":"${id}","payload":{"sum":3},"metadata":{},"error":null,"status_code":0}`,
    ])
    expect(watch.metadata).toEqual([['tenant', 'acme']])
  })

  it('takes a lone end as a stream of nothing', async () => {
    const { ask, watch, session } = await serverDesk(false)
    expect(await ask(python('stream_end', 'sum', null, { tenant: 'acme' }))).toEqual([
      `{"type":"response","service":"","method":"","id":"${id}","payload":{"sum":0},"metadata":{},"error":null,"status_code":0}`,
    ])
    expect(watch.metadata).toEqual([['tenant', 'acme']])
    expect(session.size).toBe(0)
  })

  it('takes one array as a stream, whole; null and {} as an empty one', async () => {
    const { ask } = await serverDesk(false)
    const answer = (sum: number): string =>
      `{"type":"response","service":"math","method":"sum","id":"${id}","payload":{"sum":${sum}},"metadata":{},"error":null,"status_code":0}`
    expect(await ask(python('request', 'sum', [{ n: 1 }, { n: 5 }]))).toEqual([answer(6)])
    expect(await ask(python('request', 'sum', null))).toEqual([answer(0)])
    expect(await ask(python('request', 'sum', {}))).toEqual([answer(0)])
  })

  it('answers a two-way stream by items and their end, without names', async () => {
    const { ask } = await serverDesk(false)
    const head = `"service":"","method":"","id":"${id}"`
    expect(
      await ask(python('stream_push', 'double', { n: 4 }), python('stream_end', 'double', null)),
    ).toEqual([
      `{"type":"stream_push",${head},"payload":{"n":8},"metadata":{},"error":null,"status_code":0}`,
      `{"type":"stream_end",${head},"payload":null,"metadata":{},"error":null,"status_code":0}`,
    ])
  })

  it('tells a failure before the first item by a response, and one behind it by the end', async () => {
    const { ask } = await serverDesk(false)
    expect(await ask(python('request', 'add', { a: 404, b: 0 }))).toEqual([
      `{"type":"response","service":"math","method":"add","id":"${id}","payload":null,"metadata":{},"error":"no such number","status_code":5,"code":"NOT_FOUND","reason":"NO_NUMBER","details":{"a":404},"retryable":false}`,
    ])
    const head = `"service":"math","method":"count","id":"${id}","payload":null,"metadata":{}`
    const failure = '"error":"enough","status_code":10,"code":"ABORTED","retryable":false}'
    expect(await ask(python('request', 'count', { to: 0, fails: true }))).toEqual([
      `{"type":"response",${head},${failure}`,
    ])
    expect((await ask(python('request', 'count', { to: 1, fails: true }))).at(-1)).toBe(
      `{"type":"stream_end",${head},${failure}`,
    )
  })

  it('answers an unknown name UNIMPLEMENTED, and once for a stream that goes on', async () => {
    const { ask, session } = await serverDesk(false)
    const answers = await ask(
      python('stream_push', 'cube', { n: 4 }),
      python('stream_push', 'cube', { n: 4 }),
    )
    answers.push(...(await ask(python('stream_push', 'cube', { n: 5 }), python('stream_end', 'cube', null))))
    expect(answers.map((text) => JSON.parse(text) as unknown)).toEqual([
      expect.objectContaining({
        type: 'response',
        service: '',
        method: '',
        id,
        status_code: 12,
        payload: null,
      }),
    ])
    expect(session.size).toBe(0)
  })

  it('drops what only those send who agreed on it', async () => {
    const { ask, session } = await serverDesk(false)
    expect(await ask({ type: 'ping' }, { type: 'open', service: 'math', method: 'sum', id })).toEqual([])
    expect(session.size).toBe(0)
  })

  it('answers what is no envelope, and goes on', async () => {
    const { ask } = await serverDesk(false)
    expect(await ask('nonsense', '{"id":"x"}', python('request', 'add', { a: 1, b: 1 }))).toEqual([
      '{"error": "Invalid message format"}',
      '{"error": "Invalid message format"}',
      `{"type":"response","service":"math","method":"add","id":"${id}","payload":{"sum":2},"metadata":{},"error":null,"status_code":0}`,
    ])
  })
})

describe('a server, and a client that agreed on microapi.v1', () => {
  it('answers a request in short, with its header before it', async () => {
    const { ask } = await serverDesk(true)
    const request = { type: 'request', service: 'math', method: 'add', id }
    expect(await ask({ ...request, payload: { a: 1, b: 2 } })).toEqual([
      `{"type":"response","id":"${id}","payload":{"sum":3}}`,
    ])
    expect(await ask({ ...request, payload: { a: 1_001, b: 2 } })).toEqual([
      `{"type":"header","id":"${id}","metadata":{"begin":"yes"}}`,
      `{"type":"response","id":"${id}","payload":{"sum":1003},"metadata":{"end":"yes"}}`,
    ])
  })

  it('answers streams by header, items and end', async () => {
    const { ask } = await serverDesk(true)
    const request = { type: 'request', service: 'math', method: 'count', id }
    expect(await ask({ ...request, payload: { to: 1 } })).toEqual([
      `{"type":"header","id":"${id}"}`,
      `{"type":"stream_push","id":"${id}","payload":{"n":1}}`,
      `{"type":"stream_end","id":"${id}","metadata":{"end":"yes"}}`,
    ])
    expect((await ask({ ...request, payload: { to: 1, fails: true } })).at(-1)).toBe(
      `{"type":"stream_end","id":"${id}","error":"enough","status_code":10,"code":"ABORTED","retryable":false}`,
    )
  })

  it('runs a handler from the open, and takes items and end by the id alone', async () => {
    const { ask } = await serverDesk(true)
    expect(
      await ask(
        { type: 'open', service: 'math', method: 'double', id },
        { type: 'stream_push', id, payload: { n: 2 } },
      ),
    ).toEqual([`{"type":"header","id":"${id}"}`, `{"type":"stream_push","id":"${id}","payload":{"n":4}}`])
    expect(await ask({ type: 'stream_end', id })).toEqual([`{"type":"stream_end","id":"${id}"}`])
  })

  it('answers a ping, and no answer to one', async () => {
    const { ask } = await serverDesk(true)
    expect(
      await ask(
        { type: 'ping' },
        { type: 'ping', payload: null },
        { type: 'ping', payload: { answer: true } },
      ),
    ).toEqual(['{"type":"ping","payload":{"answer":true}}', '{"type":"ping","payload":{"answer":true}}'])
  })

  it('gives credit when half of the window has been taken', async () => {
    const { ask } = await serverDesk(true)
    const push = { type: 'stream_push', id, payload: { n: 1 } }
    const bytes = JSON.stringify(push).length
    const open = { type: 'open', service: 'math', method: 'sum', id }
    expect(await ask(open, ...Array.from({ length: 511 }, () => push))).toEqual([])
    expect(await ask(push)).toEqual([
      `{"type":"credit","id":"${id}","payload":{"items":512,"bytes":${512 * bytes}}}`,
    ])
  })
})
