import { randomUUID } from 'node:crypto'
import type { Message } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'

/** One record of a topic. */
export interface TopicRecord {
  readonly partition: number
  readonly key: string | undefined
  readonly value: string
  readonly headers: Message['headers']
}

/** A client that is patient and silent. */
export function quietKafka(brokers: readonly string[]): Kafka {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 100 }
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
}

/** All that is in the topic now, each partition in its order; without a trace. */
export async function recordsOf(brokers: readonly string[], topic: string): Promise<TopicRecord[]> {
  const kafka = quietKafka(brokers)
  const groupId = `microapi-spec-${randomUUID()}`
  const admin = kafka.admin()
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 50,
    retry: { initialRetryTime: 50, retries: 100 },
  })
  await admin.connect()
  const records: TopicRecord[] = []
  const open = new Map<number, number>()
  for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
    if (Number(high) > Number(low)) open.set(partition, Number(high))
  if (open.size > 0) {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    // One that has crashed begins anew.
    const seen = new Set<string>()
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ partition, message: { key, value, headers, offset } }) => {
            if (seen.size === seen.add(`${partition} ${offset}`).size) return
            records.push({ partition, key: key?.toString(), value: String(value), headers })
            if (Number(offset) + 1 >= open.get(partition)!) open.delete(partition)
            if (open.size === 0) resolve()
          },
        })
        .catch(reject)
    })
    await consumer.disconnect()
    await admin.deleteGroups([groupId])
  }
  await admin.disconnect()
  return records
}
