import type { PartitionMetadata } from 'kafkajs'
import { RpcError } from '../../../core/errors.ts'
import { failureOfTopics } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import type { KafkaSettings } from '../options.ts'
import type { Learn } from './sender.ts'
import { findTopics } from '../topics.ts'

/** Which brokers lead the partitions of the topics that are sent to. */
export interface Routes {
  /** The leader of each partition; undefined where the topic has to be looked for. */
  leadersOf(topic: string): readonly number[] | undefined
  readonly learn: Learn
  /** Looks for a topic, unless that is being done; `hear` is told of those that were found, and why others were not. */
  find(topic: string): void
  /** The topic may be gone, or otherwise than it was. */
  forget(topic: string): void
}

interface Route {
  readonly leaders: readonly number[]
  readonly partitions: readonly PartitionMetadata[] | undefined
}

type Found = ReadonlyMap<string, readonly number[]> | RpcError

/** How long a topic that is missing is not looked for again, in ms. */
const missingMs = 1_000

/**
 * Knows no topic yet. A topic is looked for before a producer hears of it: kafkajs's producer would be stopped for all
 * topics by one that is missing.
 */
export function createRoutes(
  kafka: KafkaLike,
  settings: KafkaSettings,
  hear: (topic: string, failure: RpcError | undefined) => void,
): Routes {
  const routes = new Map<string, Route>()
  const missing = new Map<string, { readonly failure: RpcError; readonly until: number }>()
  let wanted = new Set<string>()
  let looking: ReadonlySet<string> = new Set()

  const tell = (topic: string, found: Found): void => {
    if (found instanceof RpcError) return hear(topic, found)
    const leaders = found.get(topic)
    if (leaders) {
      routes.set(topic, { leaders, partitions: undefined })
      return hear(topic, undefined)
    }
    const failure = failureOfTopics(settings.address, [topic])
    if (missing.size >= 1_000) missing.clear()
    missing.set(topic, { failure, until: Date.now() + missingMs })
    hear(topic, failure)
  }
  const lookFor = (names: readonly string[]): Promise<Found> =>
    findTopics(kafka, names, settings).catch((error: RpcError) => error)
  const look = async (): Promise<void> => {
    while (wanted.size > 0) {
      looking = wanted
      wanted = new Set()
      const found = await lookFor([...looking])
      // It may be about one of them alone.
      const isOfOne = found instanceof RpcError && found.code !== 'UNAVAILABLE' && looking.size > 1
      for (const topic of looking) tell(topic, isOfOne ? await lookFor([topic]) : found)
      looking = new Set()
    }
  }

  return {
    leadersOf: (topic) => routes.get(topic)?.leaders,
    learn(topic, partitions) {
      const known = routes.get(topic)
      if (known?.partitions === partitions) return known.leaders
      const leaders: number[] = []
      for (const { partitionId, leader } of partitions) leaders[partitionId] = leader
      routes.set(topic, { leaders, partitions })
      return leaders
    },
    find(topic) {
      if (looking.has(topic) || wanted.has(topic)) return
      const known = missing.get(topic)
      if (known && known.until > Date.now()) return queueMicrotask(() => hear(topic, known.failure))
      missing.delete(topic)
      if (wanted.add(topic).size === 1 && looking.size === 0) queueMicrotask(() => void look())
    },
    forget: (topic) => void routes.delete(topic),
  }
}
