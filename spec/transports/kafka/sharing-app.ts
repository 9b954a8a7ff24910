/** An app over Kafka whose servers share topics, and clients of it; all of it is closed behind the test. */
import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, rpc, serve } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { onTestFinished } from 'vitest'

const Order = Type.Object({ user: Type.String(), text: Type.String() })

/** What the specs call. */
export const contract = {
  orders: defineService({
    place: rpc.unary(Order, Order, { key: ({ user }) => user }),
    read: rpc.unary(Order, Order),
    placed: rpc.event(Order, { key: ({ user }) => user }),
    copied: rpc.event(Order, { fanout: true }),
  }),
}

/** What handlers wait for. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** Makes a gate, shut. */
export function createGate(): Gate {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** Serves it; resolves with what its handlers have begun to handle, `USER TEXT`. Those of the user `held` wait for the gate. */
export async function startOrders(options: KafkaOptions, gate?: Gate): Promise<readonly string[]> {
  const seen: string[] = []
  const see = async <O extends { readonly user: string; readonly text: string }>(order: O): Promise<O> => {
    seen.push(`${order.user} ${order.text}`)
    if (order.user === 'held') await gate?.opened
    return order
  }
  const log = recordingLog()
  const app = createApp({
    log,
    services: {
      orders: rpc.implement(contract.orders, {
        place: see,
        read: see,
        placed: async (order) => void (await see(order)),
        copied: async (order) => void (await see(order)),
      }),
    },
  })
  const server = await serve(app, kafka({ ...options, log }), { signals: false, graceMs: 1_000 })
  onTestFinished(async () => {
    gate?.open()
    await server.close()
  })
  return seen
}

/** A client of it. */
export function ordersClient(options: KafkaOptions) {
  const client = createClient(contract, kafka({ ...options, log: recordingLog() }), { retry: false })
  onTestFinished(() => client.close())
  return client
}

/** The same, made from a type alone. */
export function strangerOf(options: KafkaOptions) {
  const client = createClient<typeof contract>(kafka({ ...options, log: recordingLog() }), { retry: false })
  onTestFinished(() => client.close())
  return client
}
