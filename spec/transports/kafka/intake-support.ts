/** Intakes, topics and records for the specs of the intake; all of it is gone behind each test. */
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs'
import { afterEach, vi } from 'vitest'
import type { IntakeRecord } from '../../../lib/transports/kafka/intake/claim.ts'
import type { IntakeOptions } from '../../../lib/transports/kafka/intake/options.ts'
import { openIntake, type Intake } from '../../../lib/transports/kafka/intake/intake.ts'

const ends: (() => Promise<unknown>)[] = []

/** Runs behind the test, the last first. */
export function atEnd(end: () => Promise<unknown>): void {
  ends.push(end)
}

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

export const patient = { timeout: 30_000, interval: 20 }

export function kafkaOf(brokers: readonly string[]): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 10 },
  })
}

export async function adminOf(brokers: readonly string[]): Promise<Admin> {
  const admin = kafkaOf(brokers).admin({ retry: { retries: 100 } })
  await admin.connect()
  atEnd(() => admin.disconnect())
  return admin
}

export async function producerOf(brokers: readonly string[]): Promise<Producer> {
  const producer = kafkaOf(brokers).producer({ retry: { retries: 100 } })
  await producer.connect()
  atEnd(() => producer.disconnect())
  return producer
}

/** A topic, and a group of the same name. */
export async function newTopic(admin: Admin, partitions = 1): Promise<string> {
  const topic = `microapi-spec-${randomUUID()}`
  await createTopic(admin, topic, partitions)
  atEnd(async () => {
    await admin.deleteGroups([topic]).catch(() => {})
    await admin.deleteTopics({ topics: [topic] })
  })
  return topic
}

/** Creates it, and waits until it is to be seen. With `waitForLeaders` kafkajs fails where a busy broker takes a moment. */
export async function createTopic(admin: Admin, topic: string, partitions = 1): Promise<void> {
  await until(() =>
    admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] }),
  )
  await until(() => admin.fetchTopicMetadata({ topics: [topic] }))
}

/** What the group of the topic has committed, by partition. */
export function committed(admin: Admin, topic: string): Promise<readonly number[]> {
  // A group's first offsets are asked for before its broker is ready, now and then.
  return until(async () => {
    const [found] = await admin.fetchOffsets({ groupId: topic, topics: [topic] })
    return found!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset))
  })
}

/** Writes values, in their order. */
export async function write(
  producer: Producer,
  topic: string,
  values: readonly (string | number)[],
  partition = 0,
): Promise<void> {
  await producer.send({ topic, messages: values.map((value) => ({ partition, value: String(value) })) })
}

/** A log that keeps what it is told. */
export function newLog() {
  const lines: string[] = []
  const keep =
    (level: string) =>
    (_: object, message: string): void =>
      void lines.push(`${level}: ${message}`)
  return { lines, error: keep('error'), warn: keep('warn'), info: keep('info') }
}

/** Opens an intake of the topic's group, in a Kafka of its own, which keeps what comes. */
export async function openAt(
  brokers: readonly string[],
  topic: string,
  options: Partial<IntakeOptions> = {},
): Promise<Intake & { readonly records: IntakeRecord[]; values(): readonly string[] }> {
  const records: IntakeRecord[] = []
  const intake = await openIntake(kafkaOf(brokers), {
    groupId: topic,
    topics: [topic],
    from: 'earliest',
    prefetch: 100,
    maxBytes: 1_048_576,
    sessionTimeoutMs: 10_000,
    heartbeatMs: 200,
    log: newLog(),
    onRecord: (record) => void records.push(record),
    ...options,
  })
  atEnd(() => intake.stop(0))
  return { ...intake, records, values: () => records.map(valueOf) }
}

export function valueOf({ message }: IntakeRecord): string {
  return String(message.value)
}

/** Waits until this does not throw any more. */
export function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, patient)
}
