import type { Kafka } from 'kafkajs'
import { PARTITIONS } from './place.ts'

/** Makes topics, and waits until their partitions have leaders. Ours makes its own. */
export const createTopics = async (kafka: Kafka, names: readonly string[]): Promise<void> => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS })),
  })
  await admin.disconnect()
}
