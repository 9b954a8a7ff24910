import { describe, expect, it } from 'vitest'
import { codes, open, push, request, steadyCall } from './fixtures/hostile.ts'
import { serverDesk, settled } from './fixtures/sessions.ts'

describe('a client that would have us keep things', () => {
  it('has 16 streams at most that gather one message, for 30 s', async () => {
    const desk = await serverDesk(true)
    const steady = await steadyCall(desk, true)
    const opens = Array.from({ length: 1_000 }, (_, i) => open(`s${i}`, 'add'))
    expect(codes(await desk.ask(...opens))).toEqual(Array(984).fill('RESOURCE_EXHAUSTED'))
    expect(desk.session.size).toBe(17)
    // What is sent on for one of them is not kept.
    expect(await desk.ask(...Array.from({ length: 1_000 }, () => push('s0', { a: 1, b: 2 })))).toEqual([])
    expect(codes(await desk.ask({ type: 'stream_end', id: 's0' }))).toEqual(['UNIMPLEMENTED'])
    const [sum] = await desk.ask(push('s1', { a: 1, b: 2 }), { type: 'stream_end', id: 's1' })
    expect(JSON.parse(sum!)).toEqual({ type: 'response', id: 's1', payload: { sum: 3 } })
    expect(
      await desk.ask({ type: 'cancel', id: 's2' }, open('t0', 'add'), open('t1', 'add'), open('t2', 'add')),
    ).toEqual([])
    expect(codes(await desk.ask(open('t3', 'add')))).toEqual(['RESOURCE_EXHAUSTED'])
    desk.clock.pass(29_999)
    expect(await desk.ask()).toEqual([])
    desk.clock.pass(1)
    expect(codes(await desk.ask())).toEqual(Array(16).fill('DEADLINE_EXCEEDED'))
    expect(desk.session.size).toBe(1)
    expect(desk.clock.armed).toBe(0)
    await steady.next()
  })

  it('has 128 MiB at most of what is not taken, streams and messages together', async () => {
    const desk = await serverDesk(true)
    const steady = await steadyCall(desk, true)
    const mib = 1_048_576
    const large = (id: string): string => JSON.stringify(push(id, { n: 1, pad: 'x'.repeat(mib - 100) }))
    const messages = 40
    for (let i = 0; i < messages; i++)
      desk.send(request(`m${i}`, 'hold', { n: 1, pad: 'x'.repeat(mib - 200) }))
    for (let i = 0; i < 100; i++) {
      desk.send(open(`s${i}`, 'park'))
      desk.send(large(`s${i}`))
    }
    const refused = codes(await desk.ask())
    expect(new Set(refused)).toEqual(new Set(['RESOURCE_EXHAUSTED']))
    expect(refused.length).toBeGreaterThanOrEqual(12)
    expect(refused.length).toBeLessThanOrEqual(14)
    await steady.next()
    // What is given up makes room; what has ended too.
    const cancels = Array.from({ length: messages }, (_, i) => ({ type: 'cancel', id: `m${i}` }))
    expect(await desk.ask(...cancels)).toEqual([])
    expect(await desk.ask(open('late', 'park'), large('late'))).toEqual([])
    // All of it: as much comes again.
    const streams = Array.from({ length: 100 }, (_, i) => ({ type: 'cancel', id: `s${i}` }))
    expect(await desk.ask(...streams, { type: 'cancel', id: 'late' })).toEqual([])
    for (let i = 0; i < 100; i++) {
      desk.send(open(`t${i}`, 'park'))
      desk.send(large(`t${i}`))
    }
    expect(await desk.ask()).toEqual([])
    desk.session.lost()
    await settled()
    expect(desk.session.size).toBe(0)
    expect(desk.watch.parked).toBe(0)
  })

  it('has 10,000 calls at most under way', async () => {
    const desk = await serverDesk(true, { invoke: () => new Promise(() => {}) })
    for (let i = 0; i < 10_000; i++) desk.send(request(`c${i}`))
    expect(await desk.ask()).toEqual([])
    expect(codes(await desk.ask(request('more'), open('one more', 'sum')))).toEqual(
      Array(2).fill('RESOURCE_EXHAUSTED'),
    )
    expect(desk.session.size).toBe(10_000)
    desk.session.lost()
    expect(desk.session.size).toBe(0)
  })

  it('leaves no memory behind: 5,000 streams that are opened and left', async () => {
    const desk = await serverDesk(false)
    const names = { service: 'math', method: 'add' }
    const play = async (from: number): Promise<void> => {
      for (let i = from; i < from + 5_000; i++)
        desk.send({ type: 'stream_push', ...names, id: `s${i}`, payload: { pad: 'x'.repeat(1_000) } })
      expect((await desk.ask()).length).toBeGreaterThan(4_900)
      desk.clock.pass(30_000)
      await desk.ask()
      expect(desk.session.size).toBe(0)
    }
    await play(0)
    gc!()
    const before = process.memoryUsage().heapUsed
    await play(5_000)
    gc!()
    // The ids of the last 1,000 are remembered; 5 MB went through.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000)
  })
})

describe('a client that asks and does not read', () => {
  it('is held from 1,000 answers on, until it has read', async () => {
    const desk = await serverDesk(true)
    desk.port.isFull = true
    for (let i = 0; i < 999; i++) desk.send(request(`c${i}`))
    await settled()
    expect(desk.port.isPaused).toBe(false)
    await desk.ask(request('c999'))
    expect(desk.port.isPaused).toBe(true)
    desk.port.isFull = false
    desk.session.drained()
    expect(desk.port.isPaused).toBe(false)
    expect(desk.clock.armed).toBe(0)
    desk.clock.pass(60_000)
    expect(await desk.ask(request('next'))).toEqual(['{"type":"response","id":"next","payload":{"sum":3}}'])
  })

  it('is held from 1 MiB of answers on; what is no envelope counts as well', async () => {
    const desk = await serverDesk(true)
    desk.port.isFull = true
    const answer = '{"error": "Invalid message format"}'
    for (let i = 0; i < 999; i++) desk.send('nonsense')
    expect(desk.port.isPaused).toBe(false)
    expect(await desk.ask('nonsense')).toEqual(Array(1_000).fill(answer))
    expect(desk.port.isPaused).toBe(true)
    const other = await serverDesk(false)
    other.port.isFull = true
    const names = 'x'.repeat(300_000)
    for (let i = 0; i < 4; i++) other.send({ ...request(`a${i}`), service: names })
    await settled()
    expect(other.port.isPaused).toBe(true)
  })

  it('gets no pongs, and is not held for asking', async () => {
    const desk = await serverDesk(true)
    desk.port.isFull = true
    await desk.ask(request('a'))
    expect(await desk.ask(...Array.from({ length: 5_000 }, () => ({ type: 'ping' })))).toEqual([])
    expect(desk.port.isPaused).toBe(false)
  })

  it('is given up after 15 s: its calls end, and the connection is told', async () => {
    let stuck = 0
    const desk = await serverDesk(true, { onStuck: () => stuck++ })
    desk.port.isFull = true
    await desk.ask(open('a', 'park'), request('b', 'hold', { n: 1 }))
    for (let i = 0; i < 1_000; i++) desk.send(request(`c${i}`))
    await settled()
    desk.port.take()
    desk.clock.pass(14_999)
    expect(desk.session.size).toBe(2)
    desk.clock.pass(1)
    expect(codes(await desk.ask())).toEqual(['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'])
    expect(stuck).toBe(1)
    expect(desk.session.size).toBe(0)
    expect(desk.watch.parked).toBe(0)
    expect(desk.clock.armed).toBe(0)
    expect(desk.port.isPaused).toBe(true)
    // One that reads after all is served again.
    desk.port.isFull = false
    desk.session.drained()
    expect(desk.port.isPaused).toBe(false)
    expect(await desk.ask(request('next'))).toHaveLength(1)
  })

  it('is given up at once where 128 MiB of answers have gathered', async () => {
    let stuck = 0
    const large = { output: { pad: 'x'.repeat(1_000_000) }, header: new Map(), trailer: new Map() }
    const desk = await serverDesk(true, {
      invoke: ({ id }) => (id === 'slow' ? new Promise(() => {}) : Promise.resolve(large as never)),
      onStuck: () => stuck++,
    })
    const ask = (id: string) => desk.ask({ type: 'request', service: 'any', method: 'any', id })
    desk.port.isFull = true
    await ask('slow')
    for (let i = 0; i < 134; i++) expect(await ask(`c${i}`)).toHaveLength(1)
    expect(stuck).toBe(0)
    // The call that was under way ends with it.
    expect(codes(await ask('last'))).toEqual([undefined, 'RESOURCE_EXHAUSTED'])
    await ask('one more')
    expect(stuck).toBe(1)
    expect(desk.session.size).toBe(0)
    desk.session.lost()
    expect(desk.clock.armed).toBe(0)
  })

  it('has its streams wait for room, and go on', async () => {
    const desk = await serverDesk(true)
    desk.port.isFull = true
    // What came up to the first "full" has left.
    expect(await desk.ask(request('a', 'count', { to: 5 }), request('b', 'count', { to: 5 }))).toEqual([
      '{"type":"header","id":"a"}',
      '{"type":"header","id":"b"}',
    ])
    desk.session.drained()
    expect(await desk.ask()).toHaveLength(1)
    desk.port.isFull = false
    desk.session.drained()
    expect(await desk.ask()).toHaveLength(11)
    expect(desk.session.size).toBe(0)
  })
})

describe('a client without credit, whose item a handler does not take', () => {
  it('is held, and after 15 s the call that it waits for is ended', async () => {
    const desk = await serverDesk(false)
    const steady = await steadyCall(desk, false)
    const item = { ...push('a'), service: 'math', method: 'park' }
    for (let i = 0; i < 1_023; i++) desk.send(item)
    expect(desk.port.isPaused).toBe(false)
    desk.send(item)
    expect(desk.port.isPaused).toBe(true)
    desk.clock.pass(14_999)
    expect(await desk.ask()).toEqual([])
    desk.clock.pass(1)
    expect(codes(await desk.ask())).toEqual(['RESOURCE_EXHAUSTED'])
    expect(desk.port.isPaused).toBe(false)
    expect(desk.clock.armed).toBe(0)
    await steady.next()
  })
})
