import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, rpc } from 'microapi-ts'
import { memoryOnceStore, once, type OnceOptions, type OnceStore } from 'microapi-ts/middleware'
import { createMemoryBroker } from 'microapi-ts/testing'
import { serve } from 'microapi-ts'
import { expect, it, onTestFinished, vi } from 'vitest'

const Order = Type.Object({ number: Type.Integer() })

/** A shop that notes what it handles; `handle` may fail. */
function shop(options: OnceOptions, handle: (number: number) => void | Promise<void> = () => {}) {
  const handled: number[] = []
  const guarded = rpc.use(once(options))
  const app = createApp({
    log: { error() {}, warn() {}, info() {} },
    services: {
      orders: defineService({
        placed: guarded.event(Order, async ({ number }) => {
          await handle(number)
          handled.push(number)
        }),
        count: guarded.unary(Order, Order, ({ number }) => {
          handled.push(number)
          return { number }
        }),
      }),
    },
  })
  return { app, handled, client: createClient(app) }
}

const byNumber = { id: (call: { input: unknown }) => `order-${(call.input as { number: number }).number}` }

it('lets go of an event that was handled before', async () => {
  const { client, handled } = shop({ store: memoryOnceStore(), ...byNumber })
  await client.orders.placed.publish({ number: 1 })
  await client.orders.placed.publish({ number: 1 })
  await client.orders.placed.publish({ number: 2 })
  expect(handled).toStrictEqual([1, 2])
})

it('handles one again that failed', async () => {
  let fails = 1
  const { client, handled } = shop({ store: memoryOnceStore(), ...byNumber }, () => {
    if (fails-- > 0) throw new Error('not now')
  })
  await expect(client.orders.placed.publish({ number: 1 })).rejects.toMatchObject({ code: 'INTERNAL' })
  await client.orders.placed.publish({ number: 1 })
  expect(handled).toStrictEqual([1])
})

it('puts one off that another server has in hand, until its lease is over', async () => {
  let now = 1_000
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  onTestFinished(() => void vi.restoreAllMocks())
  const store = memoryOnceStore()
  expect(await store.begin('order-1', 500)).toBe('new')
  const { client, handled } = shop({ store, leaseMs: 500, ...byNumber })
  await expect(client.orders.placed.publish({ number: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: true,
  })
  now += 501
  await client.orders.placed.publish({ number: 1 })
  expect(handled).toStrictEqual([1])
})

it('knows an event by its id, which is the same when a broker brings it again', async () => {
  const broker = createMemoryBroker()
  const begun: string[] = []
  const inner = memoryOnceStore()
  const store: OnceStore = { ...inner, begin: (id, ms) => (begun.push(id), inner.begin(id, ms)) }
  let fails = 2
  const { app, handled } = shop({ store }, () => {
    if (fails-- > 0) throw new Error('not now')
  })
  const server = await serve(app, broker.transport({ queue: 'shop' }), { signals: false })
  const client = createClient<typeof app>(broker.transport({ queue: 'shop' }))
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await client.orders.placed.publish({ number: 1 })
  await vi.waitFor(() => expect(handled).toStrictEqual([1]), 10_000)
  expect(begun).toHaveLength(3)
  expect(new Set(begun).size).toBe(1)
})

it('passes calls that are no events', async () => {
  const { client, handled } = shop({ store: memoryOnceStore(), id: () => 'the same' })
  await client.orders.count({ number: 1 })
  await client.orders.count({ number: 1 })
  expect(handled).toStrictEqual([1, 1])
})

it('forgets the oldest where there is no room', async () => {
  const store = memoryOnceStore({ size: 2 })
  for (const id of ['a', 'b', 'c']) {
    await store.begin(id, 1_000)
    await store.finish(id)
  }
  expect([await store.begin('c', 1), await store.begin('b', 1), await store.begin('a', 1)]).toStrictEqual([
    'done',
    'done',
    'new',
  ])
})

it('refuses a lease that makes no sense', () => {
  expect(() => once({ store: memoryOnceStore(), leaseMs: 0 })).toThrow('leaseMs is 0')
})
