import type { Batch } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createDecide } from '../../../lib/transports/kafka/intake/decided.ts'

/** Records by their offsets: `A`, `B`: of a transaction of that producer; `A+`, `A-`: its mark; `p`: of none. */
function batchOf(line: string, { from = 10, shown = [] as readonly number[] } = {}): Batch {
  const raw = line.split(' ').map((what, at) => {
    const producerId = what[0] === 'p' ? '-1' : what[0]
    const isControlRecord = what.length > 1
    return {
      offset: `${from + at}`,
      key: isControlRecord ? Buffer.from([0, 0, 0, what[1] === '+' ? 1 : 0]) : null,
      isControlRecord,
      batchContext: { producerId, inTransaction: what !== 'p' },
    }
  })
  return {
    messages: raw.filter(({ offset }) => shown.includes(Number(offset))),
    messagesWithinOffset: raw,
    lastOffset: () => raw.at(-1)!.offset,
  } as unknown as Batch
}

const all = { from: 10, shown: [10, 11, 12, 13, 14, 15] }
const offsetsOf = (decided: ReturnType<ReturnType<typeof createDecide>>) =>
  decided && { offsets: decided.messages.map(({ offset }) => Number(offset)), next: decided.next }

describe('what is decided of a fetch', () => {
  it.each([
    ['transactions that were aborted, in the order of their ends', 'A B B- A- p', [14], 15],
    ['one committed among them', 'A B A+ B-', [10], 14],
    ['several of one producer', 'A A- A A+ A A-', [12], 16],
    ['the mark of one that began before', 'A+ p', [11], 12],
  ])('%s', (_, line, offsets, next) => {
    expect(offsetsOf(createDecide()({}, batchOf(line, all)))).toEqual({ offsets, next })
  })

  it('is all of it where there are no transactions, or where nobody says more', () => {
    const plain = batchOf('p p', { shown: [11] })
    expect(offsetsOf(createDecide()({}, plain))).toEqual({ offsets: [11], next: 12 })
    const silent = {
      ...batchOf('A p', { shown: [10, 11] }),
      messagesWithinOffset: undefined,
    } as unknown as Batch
    expect(offsetsOf(createDecide()({}, silent))).toEqual({ offsets: [10, 11], next: 12 })
  })

  it('ends before the first record whose mark is still to come, and waits for that a second at most', () => {
    let now = 0
    const decide = createDecide(() => now)
    const holding = {}
    expect(offsetsOf(decide(holding, batchOf('p A B B-', all)))).toEqual({ offsets: [10], next: 11 })
    const rest = batchOf('A B B-', { from: 11, shown: [11, 12] })
    expect(decide(holding, rest)).toBeUndefined()
    now = 999
    expect(decide(holding, rest)).toBeUndefined()
    now = 1_000
    // What kafkajs takes it for; what is known is known better.
    expect(offsetsOf(decide(holding, rest))).toEqual({ offsets: [11], next: 14 })
    // The next one has a second of its own.
    expect(decide(holding, batchOf('A', { from: 20, shown: [20] }))).toBeUndefined()
  })
})
