import { randomBytes } from 'node:crypto'
import { createApp, createClient, defineService, rpc, serve } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import type { Producer } from 'kafkajs'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeKafka } from '../../brokers/kafka.ts'
import { Order } from './shop-contract.ts'
import { quietKafka } from './topic-records.ts'

describeKafka('events that others publish in transactions', (cluster) => {
  it('are handled once these have succeeded, and never where they were aborted, however they overlapped', async () => {
    const { brokers } = cluster
    const prefix = `spec-${randomBytes(6).toString('hex')}`
    const options: KafkaOptions = {
      url: `kafka://${brokers.join(',')}`,
      topic: prefix,
      groupId: prefix,
      eventPrefix: `${prefix}.`,
      createTopics: { partitions: 1 },
    }
    const seen: number[] = []
    const orders = defineService({ placed: rpc.event(Order, ({ number }) => void seen.push(number)) })
    const app = createApp({ services: { orders } })
    const begin = async () => {
      const server = await serve(app, kafka(options), { signals: false })
      onTestFinished(() => server.close())
      return server
    }
    // Its topic and its place in it are there; what is published next is all read in one piece.
    await (await begin()).close()
    const topic = `${prefix}.orders.placed`
    const body = (number: number): string =>
      JSON.stringify({
        type: 'request',
        service: 'orders',
        method: 'placed',
        id: `${number}`,
        payload: { number },
      })
    const producerOf = async (name: string): Promise<Producer> => {
      const producer = quietKafka(brokers).producer({
        transactionalId: `${prefix}-${name}`,
        idempotent: true,
        maxInFlightRequests: 1,
      })
      onTestFinished(() => producer.disconnect())
      await producer.connect()
      return producer
    }
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(producerOf))
    const [first, second, third] = [await a!.transaction(), await b!.transaction(), await c!.transaction()]
    const sends = [first, second, third, first, second]
    for (const [number, transaction] of sends.entries())
      await transaction.send({ topic, messages: [{ value: body(number) }] })
    // The one that began first ends last.
    await second.abort()
    await third.commit()
    await begin()
    // What stands before an open transaction is all that may be seen.
    await first.abort()
    const client = createClient(app.services, kafka(options))
    onTestFinished(() => client.close())
    await client.orders.placed.publish({ number: 100 })
    await vi.waitFor(() => expect(seen).toContain(100), 30_000)
    expect(seen).toEqual([2, 100])
  }, 60_000)
})
