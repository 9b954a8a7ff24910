import type { IntakeOptions } from './options.ts'
import { askAdmin, type Asking } from '../connection/admins.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'

/** Where reading of a partition begins. */
export interface Position {
  readonly start: number
  /** Whether the group has committed it. */
  readonly isCommitted: boolean
}

/** Where a group reads its partitions on. */
export interface Positions {
  /** By partition, of these topics. Rejects where the broker does not say. */
  of(topics: readonly string[]): Promise<ReadonlyMap<string, Position>>
}

/** A name for a partition, by which to find it in a map. */
export function placeKey(topic: string, partition: number): string {
  return `${topic} ${partition}`
}

/** Fixes what "latest" means now, once for all that comes. Rejects where the broker does not say, or a topic is missing. */
export async function openPositions(
  kafka: KafkaLike,
  { groupId, topics, from }: Pick<IntakeOptions, 'groupId' | 'topics' | 'from'>,
): Promise<Positions> {
  const ends = new Map<string, number>()
  if (from === 'latest')
    await askAdmin(kafka, (admin) =>
      Promise.all(
        topics.map(async (topic) => {
          for (const { partition, high } of await admin.fetchTopicOffsets(topic))
            ends.set(placeKey(topic, partition), Number(high))
        }),
      ),
    )
  const starts = async (admin: Asking, topic: string): Promise<ReadonlyMap<number, number>> => {
    if (from instanceof Date) {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, from.getTime())
      return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]))
    }
    const offsets = await admin.fetchTopicOffsets(topic)
    return new Map(
      offsets.map(({ partition, low, high }) => {
        // A partition that was added since is all news, and so is a topic that was made anew.
        const end = ends.get(placeKey(topic, partition))
        return [partition, end === undefined || end > Number(high) ? Number(low) : Math.max(end, Number(low))]
      }),
    )
  }
  return {
    of: (wanted) =>
      askAdmin(kafka, async (admin) => {
        const positions = new Map<string, Position>()
        // kafkajs looks for the group among the brokers that it knows, none at first, and then pauses.
        await admin.fetchTopicMetadata({ topics: [...wanted] })
        const committed = await admin.fetchOffsets({ groupId, topics: [...wanted] })
        await Promise.all(
          committed.map(async ({ topic, partitions }) => {
            const isNew = partitions.some(({ offset }) => Number(offset) < 0)
            const byPartition = isNew ? await starts(admin, topic) : undefined
            for (const { partition, offset } of partitions) {
              const isCommitted = Number(offset) >= 0
              const start = isCommitted ? Number(offset) : byPartition!.get(partition)
              if (start !== undefined) positions.set(placeKey(topic, partition), { start, isCommitted })
            }
          }),
        )
        return positions
      }),
  }
}
