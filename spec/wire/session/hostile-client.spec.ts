import { describe, expect, it } from 'vitest'
import { codes, credit, open, push, request, steadyCall } from './fixtures/hostile.ts'
import { serverDesk } from './fixtures/sessions.ts'

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('what a broken client sends', () => {
  const cases: readonly (readonly [
    name: string,
    envelopes: readonly unknown[],
    codes: readonly unknown[],
  ])[] = [
    [
      'text that is no JSON',
      ['', 'nonsense', '{"type":', '\u0000'],
      [undefined, undefined, undefined, undefined],
    ],
    ['JSON that is no envelope', ['1', 'null', '[]', '{}', '{"type":1}'], Array(5).fill(undefined)],
    [
      'names and ids that are no text',
      [
        { type: 'request', id: 1 },
        { type: 'request', service: {} },
      ],
      Array(2).fill(undefined),
    ],
    ['an id of 1 MB', [request('x'.repeat(1_000_000))], [undefined]],
    ['a request without names', [{ type: 'request', id: 'a' }], ['UNIMPLEMENTED']],
    ['an open without names', [{ type: 'open', id: 'a' }, push('a'), push('a')], ['UNIMPLEMENTED']],
    ['a request without anything', [{ type: 'request' }], ['UNIMPLEMENTED']],
    [
      'an unknown method that streams on',
      [open('a', 'cube'), push('a'), push('a'), push('a')],
      ['UNIMPLEMENTED'],
    ],
    ['an id that is in use', [open('a', 'sum'), open('a', 'sum'), push('a')], ['INVALID_ARGUMENT']],
    [
      'an item behind the end',
      [open('a', 'park'), { type: 'stream_end', id: 'a' }, push('a')],
      ['INVALID_ARGUMENT'],
    ],
    ['an item for a request', [request('a', 'hold', { n: 1 }), push('a')], ['INVALID_ARGUMENT']],
    [
      'unknown ids',
      [
        push('x'),
        credit('x', { items: 1, bytes: 1 }),
        { type: 'cancel', id: 'x' },
        { type: 'stream_end', id: 'x' },
      ],
      [],
    ],
    [
      'replies',
      ['response', 'header', 'stream_end', 'error', 'later'].map((type) => ({ type, id: 'x' })),
      [],
    ],
    [
      'keys of a prototype',
      ['{"type":"request","service":"math","method":"add","id":"a","payload":{"__proto__":{}}}'],
      ['INVALID_ARGUMENT'],
    ],
    [
      'keys of a prototype around it',
      ['{"type":"request","service":"math","method":"__proto__","id":"__proto__","__proto__":{}}'],
      ['UNIMPLEMENTED'],
    ],
    ['metadata that are none', [{ ...request('a'), metadata: { k: 1 } }], ['INVALID_ARGUMENT']],
    [
      'a timeout that is none',
      [{ ...request('a'), metadata: { 'timeout-ms': { toString: 1 } } }],
      ['INVALID_ARGUMENT'],
    ],
    [
      'nesting',
      [`{"type":"request","service":"math","method":"add","id":"a","payload":${deep(65)}}`],
      ['INVALID_ARGUMENT'],
    ],
    [
      'nesting in a stream',
      [open('a', 'sum'), `{"type":"stream_push","id":"a","payload":${deep(100_000)}}`],
      ['INVALID_ARGUMENT'],
    ],
    // Measuring such a payload by writing it would overflow the stack.
    [
      'nesting that is too large as well',
      [open('a', 'sum'), `{"type":"stream_push","id":"a","payload":${deep(540_000)}}`],
      ['INVALID_ARGUMENT'],
    ],
    [
      'a message that is too large',
      [request('a', 'add', { a: 'x'.repeat(1_048_576) })],
      ['RESOURCE_EXHAUSTED'],
    ],
    [
      'an item that is too large',
      [open('a', 'sum'), push('a', { n: 'é'.repeat(600_000) })],
      ['RESOURCE_EXHAUSTED'],
    ],
  ]
  it.each(cases)('%s: is answered, and no other call notices', async (_name, envelopes, due) => {
    const desk = await serverDesk(true)
    const steady = await steadyCall(desk, true)
    await steady.next()
    expect(codes(await desk.ask(...envelopes))).toEqual(due)
    expect(desk.session.size).toBe(1)
    await steady.next()
    await steady.end()
    expect(desk.session.size).toBe(0)
    expect(desk.clock.armed).toBe(0)
    expect(desk.watch.parked).toBe(0)
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['negative', { items: -1, bytes: 0 }],
    ['fractional', { items: 1.5, bytes: 1 }],
    ['of no items', { items: 0, bytes: 10 }],
    ['huge', { items: 1e300, bytes: 1e300 }],
    ['text', { items: '1', bytes: '1' }],
    ['for more items than were sent', { items: 1_025, bytes: 1 }],
    ['for more bytes than were sent', { items: 1, bytes: 1_048_577 }],
  ])('credit that is %s ends its call and nothing else', async (_name, payload) => {
    const desk = await serverDesk(true)
    const steady = await steadyCall(desk, true)
    // A header, and a window of items.
    expect(await desk.ask(request('a', 'count', { to: 5_000 }))).toHaveLength(1_025)
    const answers = await desk.ask(credit('a', payload))
    expect(answers.map((text) => JSON.parse(text) as unknown)).toEqual([
      expect.objectContaining({ type: 'stream_end', id: 'a', code: 'INVALID_ARGUMENT' }),
    ])
    await steady.next()
    expect(desk.session.size).toBe(1)
  })

  it('may be ahead of the handler by a window, and ends its call by going past it', async () => {
    const desk = await serverDesk(true)
    const steady = await steadyCall(desk, true)
    const items = Array.from({ length: 1_024 }, () => push('a'))
    expect(await desk.ask(open('a', 'park'), ...items)).toEqual([])
    expect(codes(await desk.ask(push('a'), push('a')))).toEqual(['RESOURCE_EXHAUSTED'])
    await steady.next()
    expect(desk.watch.parked).toBe(0)
  })

  it('may be ahead by a window of bytes and the item that goes past it', async () => {
    const desk = await serverDesk(true)
    const large = push('a', { n: 1, pad: 'x'.repeat(700_000) })
    expect(await desk.ask(open('a', 'park'), large, large)).toEqual([])
    expect(codes(await desk.ask(push('a')))).toEqual(['RESOURCE_EXHAUSTED'])
    expect(desk.session.size).toBe(0)
  })
})
