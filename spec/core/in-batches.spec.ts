import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import { createApp, createClient, defineService, implement, inBatches, rpc } from 'microapi-ts'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'

const Order = Type.Object({ number: Type.Integer() })
const quiet = { error() {}, warn() {}, info() {} }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A client of a service whose event is handled in batches. */
function shopOf(
  handler: (numbers: readonly number[], ids: readonly string[]) => void | Promise<void>,
  batch = {},
) {
  const app = createApp({
    log: quiet,
    services: {
      orders: defineService({
        placed: rpc.eventBatch(
          Order,
          (orders, contexts) => {
            expectTypeOf(orders).toEqualTypeOf<readonly { number: number }[]>()
            expectTypeOf(contexts[0]!.id).toEqualTypeOf<string>()
            return handler(
              orders.map(({ number }) => number),
              contexts.map(({ id }) => id),
            )
          },
          { batch },
        ),
      }),
    },
  })
  const client = createClient(app)
  onTestFinished(() => client.close())
  return client
}

describe('eventBatch', () => {
  it('handles what is there at once, in its order, each with its own context', async () => {
    const batches: (readonly number[])[] = []
    const seen = new Set<string>()
    const client = shopOf((some, ids) => {
      batches.push(some)
      for (const id of ids) seen.add(id)
    })
    await Promise.all(numbers(10).map((number) => client.orders.placed.publish({ number })))
    expect(batches).toStrictEqual([numbers(10)])
    expect(seen.size).toBe(10)
  })

  it('has one batch in hand at a time, and no more in it than its size', async () => {
    const sizes: number[] = []
    let running = 0
    const client = shopOf(
      async (some) => {
        expect(++running).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        sizes.push(some.length)
      },
      { size: 4 },
    )
    await Promise.all(numbers(10).map((number) => client.orders.placed.publish({ number })))
    expect(sizes).toStrictEqual([4, 4, 2])
  })

  it('does not wait for others once there are enough', async () => {
    const client = shopOf(() => {}, { size: 2, waitMs: 60_000 })
    await Promise.all([1, 2].map((number) => client.orders.placed.publish({ number })))
  })

  it('waits for others', async () => {
    const sizes: number[] = []
    const client = shopOf((some) => void sizes.push(some.length), { waitMs: 500 })
    const first = client.orders.placed.publish({ number: 1 })
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, client.orders.placed.publish({ number: 2 })])
    expect(sizes).toStrictEqual([2])
  })

  it('whatever fails by itself fails alone, and all others are handled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(40), { maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        async (bad, size) => {
          const done: number[] = []
          const client = shopOf(
            (some) => {
              if (some.some((number) => bad.includes(number))) throw new Error('poison')
              done.push(...some)
            },
            { size },
          )
          const outcomes = await Promise.allSettled(
            numbers(30).map((number) => client.orders.placed.publish({ number })),
          )
          expect(done).toStrictEqual(numbers(30).filter((number) => !bad.includes(number)))
          expect(outcomes.map(({ status }) => status === 'rejected')).toStrictEqual(
            numbers(30).map((number) => bad.includes(number)),
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  it('leaves out whoever has given up', async () => {
    const batches: (readonly number[])[] = []
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const client = shopOf(async (some) => {
      batches.push(some)
      await held
    })
    const first = client.orders.placed.publish({ number: 0 })
    while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const ending = new AbortController()
    const gone = client.orders.placed.publish({ number: 1 }, { signal: ending.signal })
    const kept = client.orders.placed.publish({ number: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    ending.abort()
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    release()
    await Promise.all([first, kept])
    expect(batches).toStrictEqual([[0], [2]])
  })
})

it('a contract is implemented in batches too', async () => {
  const contract = { orders: defineService({ placed: rpc.event(Order) }) }
  const batches: number[] = []
  const app = createApp({
    services: {
      orders: implement(contract.orders, {
        placed: inBatches((orders) => void batches.push(orders.length)),
      }),
    },
  })
  const client = createClient(app)
  await Promise.all([1, 2, 3].map((number) => client.orders.placed.publish({ number })))
  expect(batches).toStrictEqual([3])
})

it.each([
  [{ size: 0 }, 'batch.size is 0; use a whole number above 0'],
  [{ size: 1.5 }, 'batch.size is 1.5'],
  [{ waitMs: -1 }, 'batch.waitMs is -1; use 0 to 60,000'],
])('%o makes no sense', (batch, text) => {
  expect(() => rpc.eventBatch(Order, () => {}, { batch })).toThrow(text)
})
