import { randomBytes } from 'node:crypto'
import { createApp, createClient, defineService, rpc, serve } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import type { Kafka } from 'kafkajs'
import { recordingLog } from 'microapi-ts/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeKafka } from '../../brokers/kafka.ts'
import { doubtfulCommits } from './doubtful-commits.ts'
import { bills, Order } from './shop-contract.ts'
import { quietKafka } from './topic-records.ts'

/** Serves an app whose orders are answered by bills, in transactions. */
async function shop(
  brokers: readonly string[],
  handle: (number: number, bill: (number: number) => Promise<void>) => Promise<void>,
  instance?: Kafka,
) {
  const prefix = `spec-${randomBytes(6).toString('hex')}`
  const log = recordingLog()
  const options: KafkaOptions = {
    url: `kafka://${brokers.join(',')}`,
    topic: prefix,
    groupId: prefix,
    eventPrefix: `${prefix}.`,
    createTopics: { partitions: 1 },
    log,
  }
  const { url: _, ...others } = options
  const own: KafkaOptions = instance ? { ...others, kafka: instance } : options
  const outside = createClient({ bills }, kafka(own))
  const orders = defineService({
    placed: rpc.event(
      Order,
      ({ number }) => handle(number, (bill) => outside.bills.made.publish({ number: bill })),
      { retry: { attempts: 3, backoff: { initialMs: 20 } } },
    ),
  })
  // Somebody else's events: their topic is there once they have been served.
  const other = createApp({ services: { bills: rpc.implement(bills, { made: () => {} }) }, log })
  const aside = await serve(
    other,
    kafka({ ...options, topic: `${prefix}-other`, groupId: `${prefix}-other` }),
    {
      signals: false,
    },
  )
  await aside.close()
  const app = createApp({ services: { orders }, log })
  const server = await serve(app, kafka({ ...own, exactlyOnce: true }), { signals: false })
  const client = createClient(app.services, kafka(options))
  onTestFinished(async () => {
    await client.close()
    await outside.close()
    await server.close()
    await reader.disconnect()
  })
  // What is seen by who reads only what was committed.
  const billed: number[] = []
  const reader = quietKafka(brokers).consumer({ groupId: `${prefix}-reader`, maxWaitTimeInMs: 50 })
  await reader.connect()
  await reader.subscribe({ topic: `${prefix}.bills.made`, fromBeginning: true })
  await reader.run({
    eachMessage: async ({ message }) => {
      billed.push((JSON.parse(String(message.value)) as { payload: { number: number } }).payload.number)
    },
  })
  return {
    client,
    server,
    billed,
    outside,
    group: `${prefix}.orders`,
    topic: `${prefix}.orders.placed`,
    options,
  }
}

describeKafka('exactlyOnce', (cluster) => {
  it('what the handler of an event publishes is seen once it has succeeded, and never where it fails', async () => {
    const tries: number[] = []
    const { client, billed, topic, group } = await shop(cluster.brokers, async (number, bill) => {
      tries.push(number)
      await bill(number)
      await bill(number + 1_000)
      if (number === 2 && tries.filter((one) => one === 2).length < 3) throw new Error('not now')
    })
    for (const number of [1, 2, 3]) await client.orders.placed.publish({ number })
    await vi.waitFor(async () => expect(billed).toHaveLength(6), 30_000)
    expect(billed.toSorted((a, b) => a - b)).toStrictEqual([1, 2, 3, 1_001, 1_002, 1_003])
    expect(tries.filter((one) => one === 2)).toHaveLength(3)
    const admin = quietKafka(cluster.brokers).admin()
    await admin.connect()
    const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    await admin.disconnect()
    expect(committed!.partitions).toMatchObject([{ partition: 0, offset: '3' }])
  }, 60_000)

  it('what is published elsewhere has no part in it', async () => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let isHeld = false
    const { client, outside, billed } = await shop(cluster.brokers, async (number, bill) => {
      await bill(number)
      isHeld = true
      await held
    })
    await client.orders.placed.publish({ number: 1 })
    await vi.waitFor(() => expect(isHeld).toBe(true), 30_000)
    await outside.bills.made.publish({ number: 7 })
    // It is behind the first, which is not committed: neither is seen.
    expect(billed).toStrictEqual([])
    release()
    await vi.waitFor(() => expect(billed).toStrictEqual([1, 7]), 30_000)
  }, 60_000)

  it.each([1, 2])(
    'what was committed is not handled again where the answer to that is lost, %i times',
    async (times) => {
      const { kafka: instance, left } = await doubtfulCommits(cluster.brokers, times)
      const handled: number[] = []
      const { client, billed } = await shop(
        cluster.brokers,
        async (number, bill) => {
          handled.push(number)
          await bill(number)
        },
        instance,
      )
      for (const number of [1, 2, 3]) await client.orders.placed.publish({ number })
      await vi.waitFor(() => expect(billed).toContain(3), 60_000)
      expect(left()).toBe(0)
      expect(billed).toStrictEqual([1, 2, 3])
      expect(handled).toStrictEqual([1, 2, 3])
    },
    120_000,
  )

  it('refuses events in batches', async () => {
    const app = createApp({ services: { bills: defineService({ made: rpc.eventBatch(Order, () => {}) }) } })
    await expect(
      serve(app, kafka({ url: `kafka://${cluster.brokers.join(',')}`, exactlyOnce: true }), {
        signals: false,
      }),
    ).rejects.toThrow('exactlyOnce handles one event at a time')
  })
})
