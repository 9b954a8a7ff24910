import { setTimeout as pause } from 'node:timers/promises'
import { borrowAdmin, type Asking } from './connection/admins.ts'
import { failureOfTopics, failureToPrepare, typeOf } from './connection/failure.ts'
import type { KafkaLike } from './connection/kafka-like.ts'
import { connectWithin } from './connection/load.ts'
import type { KafkaSettings } from './options.ts'

/** A topic that is to be there. */
export interface WantedTopic {
  readonly topic: string
  /** How many it gets where it is made here; as many as `createTopics` says unless told otherwise. */
  readonly partitions?: number
  /** What it is configured with where it is made here, such as `retention.ms`. */
  readonly config?: Readonly<Record<string, string>>
}

/** How long topics may be without leaders, in ms. */
const patienceMs = 10_000

/** How long brokers may be unsure of one, in ms: a leader, or a controller, is being elected. */
const electionMs = 3_000

/**
 * Makes the topics that are missing, where `createTopics` allows it, and waits until all have leaders. Resolves with the
 * number of partitions of each; one that was there keeps what it has. Rejects with an RpcError that names what is missing.
 */
export async function ensureTopics(
  kafka: KafkaLike,
  wanted: readonly WantedTopic[],
  settings: KafkaSettings,
): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(wanted.map(({ topic }) => topic))]
  return withAdmin(kafka, names, settings, async (admin) => {
    let found = await look(admin, names)
    const missing = wanted.filter(({ topic }) => !found.has(topic))
    if (missing.length > 0) {
      await make(admin, missing, settings)
      // Every broker hears of it in its own time.
      const end = Date.now() + patienceMs
      do found = await look(admin, names)
      while (found.size < names.length && Date.now() < end && (await pause(50, true)))
    }
    const lost = names.filter((topic) => !found.has(topic))
    if (lost.length > 0) throw failureOfTopics(settings.address, lost)
    return new Map([...found].map(([topic, leaders]) => [topic, leaders.length]))
  })
}

/** Resolves with the leaders of each topic's partitions, -1 where one has none now; what is not there is left out. Makes nothing. */
export async function findTopics(
  kafka: KafkaLike,
  names: readonly string[],
  settings: KafkaSettings,
): Promise<ReadonlyMap<string, readonly number[]>> {
  return withAdmin(kafka, names, settings, (admin) => look(admin, names))
}

async function withAdmin<T>(
  kafka: KafkaLike,
  names: readonly string[],
  settings: KafkaSettings,
  run: (admin: Asking) => Promise<T>,
): Promise<T> {
  const borrowed = borrowAdmin(kafka)
  await connectWithin(settings, borrowed)
  const end = new AbortController()
  try {
    const late = pause(patienceMs, undefined, { signal: end.signal }).then(() => {
      throw new Error(`no leader of all partitions is known after ${patienceMs} ms`)
    })
    return await Promise.race([run(borrowed.admin), late])
  } catch (cause) {
    borrowed.spoil()
    throw failureToPrepare(settings.address, names, cause)
  } finally {
    end.abort()
    void borrowed.disconnect()
  }
}

async function look(admin: Asking, names: readonly string[]): Promise<Map<string, readonly number[]>> {
  const found = new Map<string, readonly number[]>()
  // One by one: where one of several is missing, kafkajs does not say which.
  for (const topic of names) {
    const leaders = await leadersOf(admin, topic)
    if (leaders) found.set(topic, leaders)
  }
  return found
}

async function leadersOf(admin: Asking, topic: string): Promise<readonly number[] | undefined> {
  const end = Date.now() + electionMs
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const leaders: number[] = []
      for (const { partitionId, leader } of topics[0]?.partitions ?? []) leaders[partitionId] = leader
      return leaders.length === 0 ? undefined : leaders
    } catch (cause) {
      const type = typeOf(cause)
      if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
      // A connection was lost in the midst of it; kafkajs throws a TypeError then.
      const mayPass = type === undefined || (cause as { readonly retriable?: unknown }).retriable === true
      if (!mayPass || Date.now() > end) throw cause
      await pause(100)
    }
  }
}

async function make(admin: Asking, missing: readonly WantedTopic[], settings: KafkaSettings): Promise<void> {
  const { createTopics, address } = settings
  const names = missing.map(({ topic }) => topic)
  if (!createTopics) throw failureOfTopics(address, names)
  const topics = missing.map(({ topic, partitions = createTopics.partitions, config = {} }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: createTopics.replicationFactor,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  }))
  try {
    await admin.createTopics({ topics, waitForLeaders: false })
  } catch (cause) {
    // Somebody else was quicker with some of them.
    const errors: readonly unknown[] = (cause as { errors?: unknown[] }).errors ?? [cause]
    const first = errors.find((error) => typeOf(error) !== 'TOPIC_ALREADY_EXISTS')
    if (first) throw failureToPrepare(address, namesOf(first) ?? names, first)
  }
}

function namesOf(error: unknown): string[] | undefined {
  const { topic } = Object(error) as { topic?: unknown }
  return typeof topic === 'string' ? [topic] : undefined
}
