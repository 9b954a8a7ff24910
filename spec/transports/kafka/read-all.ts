/** Reads what a topic holds. */
import { randomBytes } from 'node:crypto'
import type { Admin, Kafka, KafkaMessage } from 'kafkajs'

/** All messages of a topic as it is now, each partition in its order; nothing where there is no such topic. */
export async function readAll(kafka: Kafka, topic: string): Promise<readonly KafkaMessage[]> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    if (!(await admin.listTopics()).includes(topic)) return []
    const ends = await offsetsOf(admin, topic)
    const left = new Map(
      ends
        .filter(({ low, high }) => Number(high) > Number(low))
        .map(({ partition, high }) => [partition, Number(high)]),
    )
    if (left.size === 0) return []
    const groupId = `reader-${randomBytes(6).toString('hex')}`
    const consumer = kafka.consumer({ groupId, retry: { retries: 20 } })
    await consumer.connect()
    const found: KafkaMessage[] = []
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => payload.restart || reject(payload.error))
        void consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            found.push(message)
            if (Number(message.offset) + 1 >= (left.get(partition) ?? 0)) left.delete(partition)
            if (left.size === 0) resolve()
          },
        })
      })
    } finally {
      await consumer.disconnect()
    }
    return found
  } finally {
    await admin.disconnect()
  }
}

/** A topic that was just made has a leader that does not know it yet. */
async function offsetsOf(admin: Admin, topic: string): ReturnType<Admin['fetchTopicOffsets']> {
  for (let left = 100; ; left--) {
    try {
      return await admin.fetchTopicOffsets(topic)
    } catch (error) {
      if (left === 0 || !(error as { retriable?: unknown }).retriable) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
