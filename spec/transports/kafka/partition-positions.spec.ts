import type { Batch } from 'kafkajs'
import { expect, it } from 'vitest'
import { createPositions } from '../../../lib/transports/kafka/reader/positions.ts'

const topic = 'topic'

function batchOf(offsets: readonly number[], end: number, partition = 0): Batch {
  const messages = offsets.map((offset) => ({ offset: String(offset) }))
  return { topic, partition, highWatermark: String(end), messages } as unknown as Batch
}

function positionsAt(offset: number) {
  const positions = createPositions(new Map([[topic, new Map([[0, offset]])]]))
  const taken: number[] = []
  return {
    ...positions,
    taken,
    take: (batch: Batch) =>
      positions.take(batch, (_, _partition, message) => taken.push(Number(message.offset))),
  }
}

it('positions hand on each message once, and move on with it', () => {
  const { take, taken, next } = positionsAt(5)
  take(batchOf([3, 4, 5, 6], 7))
  take(batchOf([5, 6, 9], 10))
  expect(taken).toStrictEqual([5, 6, 9])
  expect(next()).toStrictEqual([{ topic, partition: 0, offset: '10' }])
})

it('positions begin anew in a log that ends before them', () => {
  const { take, taken } = positionsAt(5)
  take(batchOf([0, 1], 2))
  take(batchOf([1, 2], 3))
  expect(taken).toStrictEqual([0, 1, 2])
})

it('positions hand on nothing of a partition that is not read', () => {
  const { take, taken } = positionsAt(0)
  take(batchOf([0], 1, 1))
  expect(taken).toStrictEqual([])
})

it('positions have moved on when a handler fails', () => {
  const positions = createPositions(new Map([[topic, new Map([[0, 0]])]]))
  const fail = (): never => {
    throw new Error('a bug')
  }
  expect(() => positions.take(batchOf([0, 1], 2), fail)).toThrow('a bug')
  expect(positions.next()).toStrictEqual([{ topic, partition: 0, offset: '1' }])
})
