import type { Kafka, Message, Producer } from 'kafkajs'
import { PARTITIONS } from '../place.ts'

/** Sends messages; each resolves when all replicas in sync have it. */
export interface Outbox {
  readonly producer: Producer
  /** To a partition of the topic, by turns where it has none. */
  send(topic: string, message: Message): Promise<void>
}

interface Waiting {
  readonly topic: string
  readonly message: Message
  resolve(): void
  reject(error: unknown): void
}

/**
 * An idempotent producer, acks all. kafkajs has one batch of such a producer under way to a broker: what comes meanwhile
 * makes up the next one.
 */
export const openOutbox = async (kafka: Kafka): Promise<Outbox> => {
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false })
  await producer.connect()
  let waiting: Waiting[] = []
  let isSending = false
  let turns = 0

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const byTopic = new Map<string, Message[]>()
      for (const { topic, message } of batch) {
        const messages = byTopic.get(topic)
        if (messages) messages.push(message)
        else byTopic.set(topic, [message])
      }
      try {
        await producer.sendBatch({
          acks: -1,
          topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
        })
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isSending = false
  }
  return {
    producer,
    send: (topic, { partition = turns++ % PARTITIONS, ...message }) =>
      new Promise((resolve, reject) => {
        waiting.push({ topic, message: { ...message, partition }, resolve, reject })
        if (isSending) return
        isSending = true
        queueMicrotask(() => void sendAll())
      }),
  }
}
