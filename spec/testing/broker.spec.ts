import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  rpc,
  RpcError,
  serve,
  t,
  type ClientOptions,
} from 'microapi-ts'
import {
  createMemoryBroker,
  hurriedClock,
  recordingLog,
  type BrokerClock,
  type MemoryBroker,
  type MemoryBrokerTransportOptions,
} from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createCall, replyTo } from '../../lib/core/create-call.ts'
import { markNeverRan } from '../../lib/core/never-ran.ts'

const Order = Type.Object({
  id: Type.Integer(),
  when: Type.Optional(t.DateTime()),
  bytes: Type.Optional(t.Bytes()),
})

const contract = {
  orders: defineService({
    placed: rpc.event(Order),
    check: rpc.unary(Order, Order, { retry: { attempts: 2 }, deadLetter: true }),
    list: rpc.serverStream(Order, Order),
  }),
}

/** Serves the contract; what it handles is told in `seen`, and `handle` says how that goes on. */
async function start(
  broker: MemoryBroker,
  handle: (id: number, signal: AbortSignal) => unknown = () => {},
  options?: MemoryBrokerTransportOptions,
) {
  const seen: number[] = []
  const see = async (id: number, signal: AbortSignal): Promise<void> => {
    seen.push(id)
    await handle(id, signal)
  }
  const app = createApp({
    log: recordingLog(),
    services: {
      orders: rpc.implement(contract.orders, {
        placed: ({ id }, { signal }) => see(id, signal),
        async check(order, { signal }) {
          await see(order.id, signal)
          return order
        },
        async *list(order, { signal }) {
          await see(order.id, signal)
          for (;;) yield order
        },
      }),
    },
  })
  const server = await serve(app, broker.transport(options), { signals: false, graceMs: 100 })
  onTestFinished(() => server.close())
  return { seen, server }
}

/** A client of it, closed behind the test. */
function clientOf(broker: MemoryBroker, options?: ClientOptions & MemoryBrokerTransportOptions) {
  const client = createClient(contract, broker.transport(options), options)
  onTestFinished(() => client.close())
  return client
}

/** A promise, and what settles it. */
function gate() {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { open, passed }
}

function failureOf(work: PromiseLike<unknown>): PromiseLike<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function poison(): never {
  throw new Error('poison')
}

describe('the memory broker', () => {
  describe('is idle', () => {
    it('at once where there is nothing', async () => {
      await createMemoryBroker().idle()
    })

    it('when what was published is handled, and what that brought about', async () => {
      const broker = createMemoryBroker()
      const client = clientOf(broker)
      const { seen } = await start(broker, async (id) => {
        if (id < 5) await client.orders.placed.publish({ id: id + 1 })
      })
      // Not even awaited: it is on the way.
      void client.orders.placed.publish({ id: 1 })
      await broker.idle()
      expect(seen).toEqual([1, 2, 3, 4, 5])
    })

    it('not while something waits, is handled or is to be tried again, and says what', async () => {
      const never: BrokerClock = { now: () => Date.now(), after: () => {} }
      const broker = createMemoryBroker({ clock: never })
      const { open, passed } = gate()
      const { server } = await start(broker, (id) => (id === 1 ? passed : poison()))
      const client = clientOf(broker, { queue: 'a' })
      await client.orders.placed.publish({ id: 1 })
      await client.orders.placed.publish({ id: 2 })
      await expect(broker.idle({ withinMs: 50 })).rejects.toThrow(
        'the broker was not idle in 50 ms: 1 being handled, 1 to be tried again later in "microapi-events.orders.placed"',
      )
      open()
      await server.close()
      await client.orders.placed.publish({ id: 3 })
      await expect(broker.idle({ withinMs: 50 })).rejects.toThrow(
        '50 ms: 1 waiting for a server, 1 to be tried again later in "microapi-events.orders.placed"',
      )
    })

    it('though a call that waits is left by its caller: nobody would be answered', async () => {
      const broker = createMemoryBroker()
      const { server } = await start(broker)
      await server.close()
      const abort = new AbortController()
      const waiting = clientOf(broker).orders.check({ id: 1 }, { signal: abort.signal })
      await expect(broker.idle({ withinMs: 50 })).rejects.toThrow(
        '1 waiting for a server in "microapi-requests"',
      )
      abort.abort()
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
      await broker.idle()
    })
  })

  describe('has a clock', () => {
    it('that is asked for the pauses between attempts', async () => {
      const pauses: number[] = []
      const clock: BrokerClock = {
        now: () => Date.now(),
        after(ms, run) {
          pauses.push(ms)
          hurriedClock.after(ms, run)
        },
      }
      const broker = createMemoryBroker({ clock })
      const { seen } = await start(broker, poison)
      await clientOf(broker).orders.placed.publish({ id: 1 })
      await broker.idle()
      expect(pauses).toEqual([1_000, 2_000, 4_000])
      expect(seen).toEqual([1, 1, 1, 1])
      expect(broker.deadLetters()).toMatchObject([{ attempts: 4, error: { code: 'INTERNAL' } }])
    })

    it('that says when something failed, and when it is too late', async () => {
      let now = 5_000
      const clock: BrokerClock = { ...hurriedClock, now: () => now }
      const broker = createMemoryBroker({ clock })
      const { seen } = await start(broker, () => {
        throw new RpcError('NOT_FOUND', 'no such order')
      })
      await clientOf(broker).orders.placed.publish({ id: 1 })
      await broker.idle()
      expect(broker.deadLetters()).toMatchObject([{ failedAt: 5_000 }])
      // Past every client, none of which would wait so long: it expires on its way.
      const channel = await broker.transport().connect()
      const deadline = 6_000
      const peer = { transport: 'test' }
      const call = createCall({ service: 'orders', method: 'check', input: { id: 2 }, deadline, peer })
      const answer = channel.invoke(call)
      now = 6_000
      answer.catch(() => {})
      await broker.idle()
      expect(seen).toEqual([1])
      await channel.close()
      await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' })
    })
  })

  describe('when everybody is disconnected', () => {
    it('fails what is on its way to it or not yet confirmed, and a client repeats that', async () => {
      const broker = createMemoryBroker()
      const { seen } = await start(broker)
      const once = clientOf(broker, { retry: false })
      const often = clientOf(broker, { retry: { initialBackoffMs: 1 } })
      // So that both have a connection to lose.
      for (const client of [once, often]) await client.orders.placed.publish({ id: 0 })
      const lost = once.orders.placed.publish({ id: 1 })
      const repeated = often.orders.placed.publish({ id: 2 })
      broker.disconnect()
      await expect(lost).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: 'the connection to the memory broker was lost',
      })
      await repeated
      await broker.idle()
      expect(seen.filter((id) => id > 0)).toEqual([2])
    })

    it('may have what was not confirmed: repeated it is handled twice', async () => {
      const broker = createMemoryBroker()
      const { seen } = await start(broker)
      const client = clientOf(broker, { retry: { initialBackoffMs: 1 } })
      await client.orders.placed.publish({ id: 0 })
      const published = client.orders.placed.publish({ id: 1 })
      // In its first turn it arrives, in the next it would be confirmed.
      await new Promise((resolve) => setImmediate(resolve))
      broker.disconnect()
      await published
      await broker.idle()
      expect(seen).toEqual([0, 1, 1])
    })

    it('hears nothing more of what handlers of the old connection end with', async () => {
      const broker = createMemoryBroker({ clock: hurriedClock })
      const { open, passed } = gate()
      let failures = 0
      const { seen } = await start(broker, async () => {
        await passed
        // Whoever comes first fails: it was the handler that had the old connection.
        if (failures++ === 0) throw new RpcError('NOT_FOUND', 'of the old connection')
      })
      await clientOf(broker).orders.placed.publish({ id: 1 })
      await vi.waitFor(() => expect(seen).toEqual([1]))
      broker.disconnect()
      await vi.waitFor(() => expect(seen).toEqual([1, 1]))
      open()
      await broker.idle()
      expect(seen).toEqual([1, 1])
      expect(broker.deadLetters()).toEqual([])
    })

    it('lets a server that is closing go without it', async () => {
      const broker = createMemoryBroker()
      const { open, passed } = gate()
      const { seen, server } = await start(broker, () => passed)
      const client = clientOf(broker)
      await client.orders.placed.publish({ id: 1 })
      await vi.waitFor(() => expect(seen).toEqual([1]))
      const closed = server.close()
      broker.disconnect()
      const other = await start(broker)
      await broker.idle()
      expect(other.seen).toEqual([1])
      open()
      await closed
      await client.orders.placed.publish({ id: 2 })
      await broker.idle()
      expect([seen, other.seen]).toEqual([[1], [1, 2]])
    })
  })

  describe('for a call', () => {
    it('tells the handler that its caller has left, and puts nothing aside for that', async () => {
      const broker = createMemoryBroker()
      const reasons: unknown[] = []
      const { seen } = await start(
        broker,
        (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason)
              reject(signal.reason as Error)
            })
          }),
      )
      const abort = new AbortController()
      const call = clientOf(broker).orders.check({ id: 1 }, { signal: abort.signal })
      const failing = failureOf(call)
      await vi.waitFor(() => expect(seen).toEqual([1]))
      abort.abort()
      expect(await failing).toMatchObject({ code: 'CANCELLED' })
      await broker.idle()
      expect(reasons).toMatchObject([{ code: 'CANCELLED', message: 'the client has cancelled the call' }])
      expect(broker.deadLetters()).toEqual([])
    })

    it('makes no further attempt for a caller that has left', async () => {
      const due: (() => void)[] = []
      const broker = createMemoryBroker({
        clock: { now: () => Date.now(), after: (_, run) => due.push(run) },
      })
      const { seen } = await start(broker, poison)
      const abort = new AbortController()
      const failing = failureOf(clientOf(broker).orders.check({ id: 1 }, { signal: abort.signal }))
      await vi.waitFor(() => expect(due).toHaveLength(1))
      abort.abort()
      expect(await failing).toMatchObject({ code: 'CANCELLED' })
      due[0]!()
      await broker.idle()
      expect(seen).toEqual([1])
    })

    it('carries what JSON carries: a client without a contract sees text', async () => {
      const broker = createMemoryBroker()
      await start(broker)
      const stranger = createClient<typeof contract>(broker.transport())
      onTestFinished(() => stranger.close())
      const order = { id: 1, when: '2024-01-02T03:04:05.678Z', bytes: 'AAH/' }
      expect(await stranger.orders.check(order)).toEqual(order)
      const decoded = { id: 1, when: new Date(order.when), bytes: new Uint8Array([0, 1, 255]) }
      expect(await clientOf(broker).orders.check(decoded)).toEqual(decoded)
    })

    it('gives up a stream that no server takes', async () => {
      const broker = createMemoryBroker()
      const { server, seen } = await start(broker)
      await server.close()
      const client = clientOf(broker, { openTimeoutMs: 50, retry: false })
      await expect(client.orders.list({ id: 1 }).next()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: 'no server has taken the stream in 50 ms (openTimeoutMs)',
      })
      await broker.idle()
      await start(broker)
      await broker.idle()
      expect(seen).toEqual([])
    })

    it('ends a stream whose server is gone', async () => {
      const broker = createMemoryBroker()
      const { server } = await start(broker)
      const list = clientOf(broker, { retry: false }).orders.list({ id: 1 })
      expect(await list.next()).toMatchObject({ value: { id: 1 } })
      const reading = async (): Promise<void> => {
        for await (const _ of list);
      }
      const failing = failureOf(reading())
      await server.close()
      expect(await failing).toMatchObject({ code: 'UNAVAILABLE' })
    })

    it('answers details that JSON cannot hold as an internal error', async () => {
      const broker = createMemoryBroker()
      await start(broker, () => {
        throw new RpcError('NOT_FOUND', 'no', { details: { big: 1n } })
      })
      await expect(clientOf(broker).orders.check({ id: 1 })).rejects.toMatchObject({
        code: 'INTERNAL',
        message: 'internal error',
      })
    })
  })

  describe('for a server of another make', () => {
    it('lets an event come again that it had no room for, which is no attempt', async () => {
      const broker = createMemoryBroker({ clock: hurriedClock })
      const seen: number[] = []
      const orders = rpc.implement(contract.orders, {
        placed: ({ id }) => void seen.push(id),
        check: (order) => order,
        list: () => [],
      })
      const app = await createApp({ services: { orders } }).open()
      let refusals = 0
      const listener = await broker.transport().serve((call) => {
        if (++refusals > 10) return app.invoke(call)
        return Promise.reject(markNeverRan(new RpcError('RESOURCE_EXHAUSTED', 'full')))
      }, app.describe)
      await clientOf(broker).orders.placed.publish({ id: 1 })
      await broker.idle()
      expect([seen, broker.deadLetters()]).toEqual([[1], []])
      await listener.close()
      await app.close()
    })

    it('ends its streams when it closes, whatever it does about them itself', async () => {
      const broker = createMemoryBroker()
      const listener = await broker.transport().serve(async (call) => {
        async function* items(): AsyncGenerator {
          for (;;) yield { id: 1 }
        }
        return replyTo(call, items())
      })
      const list = clientOf(broker, { retry: false }).orders.list([{ id: 1 }] as never)
      expect(await list.next()).toMatchObject({ value: { id: 1 } })
      await listener.close()
      await expect(list.next()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: 'the server of this stream is gone',
      })
    })
  })

  it('is one broker: others know nothing of its queues', async () => {
    const broker = createMemoryBroker()
    await start(broker)
    const elsewhere = clientOf(createMemoryBroker(), { retry: false })
    await expect(elsewhere.orders.placed.publish({ id: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(elsewhere.orders.check({ id: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'nobody serves it: there is no queue "microapi-requests" at the broker',
    })
  })

  it('says where a server is', async () => {
    const broker = createMemoryBroker()
    const { server } = await start(broker, undefined, { queue: 'orders' })
    expect(server.urls).toEqual(['memory-broker:orders'])
  })
})
