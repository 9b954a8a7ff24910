import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { clientDesk, itemsOf } from './fixtures/sessions.ts'

describe('a client, and a Python server', () => {
  it('sends one message, and reads a reply of which only the type is sure', async () => {
    const { invoke, sent, receive } = clientDesk(false)
    const reply = invoke({ kind: 'unary', input: { a: 1 }, metadata: { tenant: 'acme' }, timeoutMs: 2_500 })
    expect(await sent()).toEqual([
      '{"type":"request","service":"math","method":"add","id":"ID","payload":{"a":1},"metadata":{"tenant":"acme","timeout-ms":"2500"},"error":null,"status_code":0}',
    ])
    receive({ type: 'nonsense', id: 'ID' })
    receive({
      type: 'response',
      id: 'ID',
      service: null,
      payload: { sum: 1 },
      metadata: null,
      error: null,
      more: 1,
    })
    expect((await reply).output).toEqual({ sum: 1 })
  })

  it('sends nothing as null, and reads null as nothing', async () => {
    const { invoke, sent, receive } = clientDesk(false)
    const reply = invoke({ kind: 'unary', input: undefined })
    expect(await sent()).toEqual([
      '{"type":"request","service":"math","method":"add","id":"ID","payload":null,"metadata":{},"error":null,"status_code":0}',
    ])
    receive({ type: 'response', id: 'ID', payload: null })
    expect((await reply).output).toEqual({})
  })

  it('opens a stream by its first item, with the metadata there and at the end', async () => {
    const { invoke, sent, receive } = clientDesk(false)
    const reply = invoke({
      method: 'sum',
      kind: 'clientStream',
      input: [{ n: 1 }, { n: 2 }],
      metadata: { tenant: 'acme' },
    })
    const head = '"service":"math","method":"sum","id":"ID"'
    expect(await sent()).toEqual([
      `{"type":"stream_push",${head},"payload":{"n":1},"metadata":{"tenant":"acme"},"error":null,"status_code":0}`,
      `{"type":"stream_push",${head},"payload":{"n":2},"metadata":{},"error":null,"status_code":0}`,
      `{"type":"stream_end",${head},"payload":null,"metadata":{"tenant":"acme"},"error":null,"status_code":0}`,
    ])
    receive({
      type: 'response',
      service: '',
      method: '',
      id: 'ID',
      payload: { sum: 3 },
      metadata: { end: 'yes' },
    })
    const { output, trailer } = await reply
    expect(output).toEqual({ sum: 3 })
    expect(trailer.get('end')).toBe('yes')
  })

  it('reads items up to their end, and an array as a stream', async () => {
    for (const answers of [
      [
        { type: 'stream_push', id: 'ID', payload: { n: 1 } },
        { type: 'stream_push', id: 'ID', payload: { n: 2 } },
        { type: 'stream_end', id: 'ID' },
      ],
      [{ type: 'response', id: 'ID', payload: [{ n: 1 }, { n: 2 }] }],
    ]) {
      const { invoke, sent, receive, session } = clientDesk(false)
      const reply = invoke({ method: 'count', kind: 'serverStream', input: { to: 2 } })
      await sent()
      for (const answer of answers) receive(answer)
      expect(await itemsOf(await reply)).toEqual([{ n: 1 }, { n: 2 }])
      expect(session.size).toBe(0)
    }
  })

  it.each([
    ['NOT_FOUND', { error: 'gone', status_code: 5 }],
    ['NOT_FOUND', { error: 'gone', status_code: 5, code: null, details: null, retryable: null }],
    ['UNKNOWN', { error: 'gone' }],
    ['UNKNOWN', { error: 'gone', status_code: 99 }],
    ['UNKNOWN', { error: 'gone', status_code: 0 }],
    ['ABORTED', { error: 'gone', status_code: 5, code: 'ABORTED' }],
  ])('reads a failure as %s: %j', async (code, failure) => {
    for (const type of ['response', 'stream_end']) {
      const { invoke, sent, receive, session } = clientDesk(false)
      const reply = invoke({ kind: 'unary', input: {} })
      await sent()
      receive({ type, id: 'ID', payload: null, ...failure })
      await expect(reply).rejects.toMatchObject({ code, message: 'gone' })
      expect(session.size).toBe(0)
    }
  })

  it('says nothing when it gives a call up: the server would not understand it', async () => {
    const { invoke, sent, calls, clock } = clientDesk(false)
    const reply = invoke({ method: 'count', kind: 'serverStream', input: { to: 2 } })
    await sent()
    calls[0]!.lifetime.cancel(new RpcError('CANCELLED', 'enough'))
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await sent()).toEqual([])
    expect(clock.armed).toBe(0)
  })
})

describe('a client, and a server that agreed on microapi.v1', () => {
  it('sends and reads in short', async () => {
    const { invoke, sent, receive } = clientDesk(true)
    const reply = invoke({ kind: 'unary', input: { a: 1 } })
    expect(await sent()).toEqual([
      '{"type":"request","service":"math","method":"add","id":"ID","payload":{"a":1}}',
    ])
    receive({ type: 'header', id: 'ID', metadata: { begin: 'yes' } })
    receive({ type: 'response', id: 'ID' })
    const { output, header } = await reply
    expect(output).toEqual({})
    expect(header.get('begin')).toBe('yes')
  })

  it('opens a stream before its first item, and cancels it', async () => {
    const { invoke, sent, calls } = clientDesk(true)
    const reply = invoke({
      method: 'sum',
      kind: 'clientStream',
      input: [{ n: 1 }],
      metadata: { tenant: 'acme' },
    })
    expect(await sent()).toEqual([
      '{"type":"open","service":"math","method":"sum","id":"ID","metadata":{"tenant":"acme"}}',
      '{"type":"stream_push","id":"ID","payload":{"n":1}}',
      '{"type":"stream_end","id":"ID"}',
    ])
    calls[0]!.lifetime.cancel(new RpcError('CANCELLED', 'enough'))
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await sent()).toEqual(['{"type":"cancel","id":"ID"}'])
  })

  it('asks for a sign of life, and gives one', async () => {
    const { session, sent, receive } = clientDesk(true)
    session.ping()
    expect(await sent()).toEqual(['{"type":"ping"}'])
    receive({ type: 'ping' })
    receive({ type: 'ping', payload: { answer: true } })
    expect(await sent()).toEqual(['{"type":"ping","payload":{"answer":true}}'])
  })

  it('gives the header of a stream before its first item', async () => {
    const { invoke, sent, receive } = clientDesk(true)
    const reply = invoke({ method: 'count', kind: 'serverStream', input: { to: 2 } })
    await sent()
    receive({ type: 'header', id: 'ID', metadata: { begin: 'yes' } })
    expect((await reply).header.get('begin')).toBe('yes')
    receive({ type: 'stream_push', id: 'ID' })
    receive({ type: 'stream_end', id: 'ID', error: 'enough', status_code: 10, code: 'ABORTED' })
    const items: unknown[] = []
    const reading = (async () => {
      for await (const item of (await reply).output as AsyncIterable<unknown>) items.push(item)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED', message: 'enough' })
    expect(items).toEqual([{}])
  })
})
