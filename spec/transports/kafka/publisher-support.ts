import { randomUUID } from 'node:crypto'
import { afterEach } from 'vitest'
import type { RpcError } from '../../../lib/core/errors.ts'
import { loadKafka } from '../../../lib/transports/kafka/connection/load.ts'
import { kafkaSettings, type KafkaOptions } from '../../../lib/transports/kafka/options.ts'
import type { Outgoing } from '../../../lib/transports/kafka/publisher/letter.ts'
import { openPublisher, type Publisher } from '../../../lib/transports/kafka/publisher/publisher.ts'
import { ensureTopics } from '../../../lib/transports/kafka/topics.ts'
import { quietKafka, recordsOf } from './topic-records.ts'

/** What is to be ended behind the test. */
export const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A publisher with a topic of its own. */
export interface Made {
  readonly publisher: Publisher
  readonly topic: string
}

/** Opens a publisher, with a topic that is gone behind the test. */
export async function publisherOn(
  brokers: readonly string[],
  {
    partitions = 4,
    patienceMs = 30_000,
    ...options
  }: Partial<KafkaOptions & { partitions: number; patienceMs: number }> = {},
): Promise<Made> {
  const settings = kafkaSettings({ url: `kafka://${brokers.join(',')}`, log: silent, ...options })
  const kafka = await loadKafka(settings)
  const topic = `microapi-spec-${randomUUID()}`
  await ensureTopics(kafka, [{ topic, partitions }], settings)
  ends.push(() => remove(brokers, topic))
  const publisher = await openPublisher(kafka, settings, { patienceMs })
  ends.push(() => publisher.close())
  return { publisher, topic }
}

const silent = { error: () => {}, warn: () => {}, info: () => {} }

/** Deletes a topic. */
export async function remove(brokers: readonly string[], topic: string): Promise<void> {
  const admin = quietKafka(brokers).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

/** Sends; resolves with what that failed with, if it did. */
export function sent(publisher: Publisher, outgoing: Outgoing): Promise<RpcError | undefined> {
  return new Promise((resolve) => publisher.send(outgoing, resolve))
}

/** The values of each key, in the order of the topic. */
export async function valuesByKey(
  brokers: readonly string[],
  topic: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const values: Record<string, string[]> = {}
  for (const { key, value } of await recordsOf(brokers, topic)) (values[String(key)] ??= []).push(value)
  return values
}

/** For waiting until brokers are as they should be. */
export const patient = { timeout: 60_000, interval: 20 }
