import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStream } from '../../lib/core/stream.ts'

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a bounded stream', () => {
  it('behaves like a queue under any order of pushes, reads, ends and failures', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('push' as const) },
      { weight: 4, arbitrary: fc.constant('next' as const) },
      { weight: 1, arbitrary: fc.constantFrom('end' as const, 'fail' as const, 'return' as const) },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 40 }),
        async (capacity, steps) => {
          const stream = createStream<number>({ capacity })
          const model: number[] = []
          let state: 'open' | 'ended' | 'failed' | 'closed' = 'open'
          let pending: Promise<unknown> | undefined
          let counter = 0
          for (const one of steps) {
            if (one === 'push') {
              const item = counter++
              const accepted = stream.push(item)
              if (state !== 'open') expect(accepted).toBe(false)
              else if (pending) {
                expect(await pending).toEqual({ done: false, value: item })
                pending = undefined
                expect(accepted).toBe(true)
              } else {
                model.push(item)
                if (model.length >= capacity) expect(accepted).toBe(false)
              }
            } else if (one === 'next') {
              if (model.length > 0) expect(await stream.next()).toEqual({ done: false, value: model.shift() })
              else if (state === 'failed') {
                await expect(stream.next()).rejects.toThrow('told')
                state = 'ended'
              } else if (state !== 'open')
                expect(await stream.next()).toEqual({ done: true, value: undefined })
              else if (pending) await expect(stream.next()).rejects.toThrow('one reader')
              else pending = stream.next()
            } else if (one === 'return') {
              await stream.return()
              if (pending) expect(await pending).toEqual({ done: true, value: undefined })
              pending = undefined
              model.length = 0
              state = 'closed'
            } else if (state === 'open') {
              if (one === 'end') stream.end()
              else stream.fail(new Error('told'))
              state = one === 'end' ? 'ended' : 'failed'
              if (pending && one === 'end') expect(await pending).toEqual({ done: true, value: undefined })
              if (pending && one === 'fail') {
                await expect(pending).rejects.toThrow('told')
                state = 'ended'
              }
              pending = undefined
            }
            expect(stream.closed).toBe(state === 'closed')
            if (state !== 'open') expect(stream.writable).toBe(false)
          }
        },
      ),
    )
  })

  it('gives a writer that waits for room every item to its reader, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 3_000 }),
        async (capacity, count) => {
          const stream = createStream<number>({ capacity })
          const write = async (): Promise<void> => {
            for (let i = 0; i < count; i++) if (!stream.push(i)) await stream.drained()
            stream.end()
          }
          const [, read] = await Promise.all([write(), collect(stream)])
          expect(read).toEqual(Array.from({ length: count }, (_, i) => i))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('says that it is full, and when it no longer is', async () => {
    const drains: string[] = []
    const stream = createStream<number>({ capacity: 4, onDrain: () => drains.push('drain') })
    expect([1, 2, 3, 4].map((item) => stream.push(item))).toEqual([true, true, true, false])
    expect(stream.writable).toBe(false)
    const room = stream.drained().then(() => drains.push('drained'))
    await stream.next()
    expect(drains).toEqual([])
    await stream.next()
    await room
    expect(drains).toEqual(['drain', 'drained'])
    expect(stream.writable).toBe(true)
  })

  it('lets waiting writers go when its reader leaves, and says so once', async () => {
    let closed = 0
    const stream = createStream<number>({ capacity: 1, onClose: () => closed++ })
    stream.push(1)
    const room = stream.drained()
    await stream.return()
    await stream.return()
    await room
    expect(closed).toBe(1)
    expect(stream.push(2)).toBe(false)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('does not say that its reader left early when it had ended', async () => {
    let closed = 0
    const stream = createStream<number>({ onClose: () => closed++ })
    stream.end()
    await stream.return()
    expect(closed).toBe(0)
  })

  it('has no writer waiting behind an end', async () => {
    const stream = createStream<number>({ capacity: 1 })
    stream.push(1)
    const room = stream.drained()
    stream.end()
    await collect(stream)
    await room
    expect(stream.writable).toBe(false)
  })
})
