import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { add, begin, count, steadyStream, sum } from './fixtures/hostile-server.ts'
import { clientDesk, itemsOf, settled, type Asked } from './fixtures/sessions.ts'

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const push = (payload: unknown) => ({ type: 'stream_push', id: 'ID', payload })

describe('what a broken server sends', () => {
  it('is dropped where it belongs to no call', async () => {
    const desk = clientDesk(true)
    const steady = await steadyStream(desk)
    for (const text of [
      '',
      'nonsense',
      '1',
      'null',
      '[]',
      '{}',
      '{"type":1}',
      '{"error": "Invalid message format"}',
    ])
      desk.receive(text)
    for (const type of 'request response stream_push stream_end open cancel credit header later'.split(' '))
      for (const id of ['x', null, undefined, 'x'.repeat(1_000_000), '__proto__']) desk.receive({ type, id })
    await settled()
    expect(desk.port.take()).toEqual([])
    await steady.next()
    await steady.end()
    expect(desk.session.size).toBe(0)
  })

  const failures: readonly (readonly [name: string, asked: Asked, envelope: unknown, code: string])[] = [
    ['credit that is none', sum, { type: 'credit', id: 'ID', payload: { items: -1, bytes: 0 } }, 'INTERNAL'],
    [
      'credit for more than was sent',
      sum,
      { type: 'credit', id: 'ID', payload: { items: 2, bytes: 1 } },
      'INTERNAL',
    ],
    [
      'a reply that is too large',
      add,
      { type: 'response', id: 'ID', payload: { pad: 'x'.repeat(1_048_576) } },
      'RESOURCE_EXHAUSTED',
    ],
    [
      'a reply nested too deep',
      add,
      `{"type":"response","id":"ID","payload":${deep(65)}}`,
      'INVALID_ARGUMENT',
    ],
    // Measuring such a payload by writing it would overflow the stack.
    [
      'a reply nested too deep and too large',
      add,
      `{"type":"response","id":"ID","payload":${deep(540_000)}}`,
      'INVALID_ARGUMENT',
    ],
    [
      'keys of a prototype',
      add,
      '{"type":"response","id":"ID","payload":{"__proto__":{}}}',
      'INVALID_ARGUMENT',
    ],
  ]
  it.each(failures)(
    '%s: ends its call on both sides, and nothing else',
    async (_name, asked, envelope, code) => {
      const desk = clientDesk(true)
      const steady = await steadyStream(desk)
      const reply = desk.invoke(asked)
      reply.catch(() => {})
      await desk.sent()
      desk.receive(envelope)
      await expect(reply).rejects.toMatchObject({ code })
      expect(await desk.sent()).toEqual(['{"type":"cancel","id":"ID"}'])
      expect(desk.session.size).toBe(1)
      await steady.next()
    },
  )

  it('items past the window end their stream, behind what had come', async () => {
    const desk = clientDesk(true)
    const steady = await steadyStream(desk)
    const reply = desk.invoke(count)
    await desk.sent()
    for (let n = 0; n < 1_025; n++) desk.receive(push({ n }))
    expect(await desk.sent()).toEqual(['{"type":"cancel","id":"ID"}'])
    const items: unknown[] = []
    const reading = (async () => {
      for await (const item of (await reply).output as AsyncIterable<unknown>) items.push(item)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'CREDIT' })
    expect(items).toHaveLength(1_024)
    await steady.next()
  })

  it('metadata that are none are left out', async () => {
    const desk = clientDesk(true)
    const { reply, id } = await begin(desk, add)
    desk.receive(
      `{"type":"response","id":"${id}","payload":{},"metadata":{"a":1,"b c":"d","__proto__":"x","e":"f","g":{"toString":1}}}`,
    )
    expect([...(await reply).trailer]).toEqual([
      ['__proto__', 'x'],
      ['e', 'f'],
    ])
  })

  it('a second answer is dropped, and items behind the end', async () => {
    const desk = clientDesk(true)
    const { reply, id } = await begin(desk, count)
    for (const type of ['stream_push', 'stream_end', 'stream_push', 'stream_end', 'response'])
      desk.receive({ type, id, payload: { n: 1 } })
    expect(await itemsOf(await reply)).toEqual([{ n: 1 }])
  })

  it('pings are not answered while nothing leaves, nor where nothing was agreed on', async () => {
    const desk = clientDesk(true)
    desk.port.isFull = true
    desk.session.ping()
    for (let i = 0; i < 1_000; i++) desk.receive({ type: 'ping' })
    expect(desk.port.take()).toEqual(['{"type":"ping"}'])
    const other = clientDesk(false)
    other.receive({ type: 'ping' })
    other.session.ping()
    expect(other.port.take()).toEqual([])
  })
})

describe('a client session', () => {
  it('holds a server without credit while a reader is behind, and gives its call up after 15 s', async () => {
    const desk = clientDesk(false)
    const { reply, id } = await begin(desk, count)
    for (let n = 0; n < 1_024; n++) desk.receive({ type: 'stream_push', id, payload: { n } })
    expect(desk.port.isPaused).toBe(true)
    desk.clock.pass(14_999)
    expect(desk.session.size).toBe(1)
    desk.clock.pass(1)
    expect(desk.port.isPaused).toBe(false)
    expect(desk.session.size).toBe(0)
    expect(desk.clock.armed).toBe(0)
    await expect(itemsOf(await reply)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
  })

  it('takes no calls when its port is lost, and says that they never ran', async () => {
    const { neverRan } = await import('../../../lib/core/never-ran.ts')
    const desk = clientDesk(true)
    const { reply } = await begin(desk, add)
    desk.session.lost(new RpcError('UNAVAILABLE', 'gone'))
    const first = (await reply.catch((error: unknown) => error)) as RpcError
    const second = (await desk.invoke(add).catch((error: unknown) => error)) as RpcError
    expect([first.code, neverRan(first)]).toEqual(['UNAVAILABLE', false])
    expect([second.code, second.message, neverRan(second)]).toEqual(['UNAVAILABLE', 'gone', true])
    expect(desk.session.size).toBe(0)
  })

  it('sends nothing that is too large for the peer, in bytes', async () => {
    const desk = clientDesk(true)
    await expect(desk.invoke({ kind: 'unary', input: { pad: '漢'.repeat(400_000) } })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_LARGE',
    })
    const metadata = { k: 'x'.repeat(50_000) }
    await expect(desk.invoke({ ...add, metadata })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'METADATA_TOO_LARGE',
    })
    expect(desk.port.take()).toEqual([])
    const stream = desk.invoke({ ...sum, input: [{ n: 1 }, { pad: '漢'.repeat(400_000) }] })
    await expect(stream).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_LARGE' })
    expect((await desk.sent()).at(-1)).toBe('{"type":"cancel","id":"ID"}')
    expect(desk.session.size).toBe(0)
  })

  it('sends nothing for a call that was cancelled before', async () => {
    const desk = clientDesk(true)
    const { createCall } = await import('../../../lib/core/create-call.ts')
    const call = createCall({ service: 'math', method: 'add', input: {}, peer: { transport: 'desk' } })
    call.lifetime.cancel(new RpcError('CANCELLED', 'before'))
    await expect(desk.session.invoke(call)).rejects.toMatchObject({ message: 'before' })
    expect(desk.port.take()).toEqual([])
    expect(desk.session.size).toBe(0)
  })
})
