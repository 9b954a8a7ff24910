/** Readers for the specs of the partition reader; all of them are closed behind each test. */
import { randomUUID } from 'node:crypto'
import type { Admin } from 'kafkajs'
import type { KafkaLike } from '../../../lib/transports/kafka/connection/kafka-like.ts'
import {
  readPartitions,
  type PartitionReader,
  type ReaderOptions,
  type Wanted,
} from '../../../lib/transports/kafka/reader/reader.ts'
import { atEnd } from './intake-support.ts'

/** Chooses these partitions. */
export function these(topic: string, ...partitions: readonly number[]): Wanted {
  return { topic, choose: () => partitions }
}

/** Chooses all partitions. */
export function allOf(topic: string): Wanted {
  return { topic, choose: (count) => Array.from({ length: count }, (_, i) => i) }
}

export interface SpecReader extends PartitionReader {
  readonly groupId: string
  /** What was read, as `partition:value`. */
  readonly seen: readonly string[]
  /** `lost` and `back`, as they were told. */
  readonly told: readonly string[]
}

const open = new Set<PartitionReader>()

async function closeAll(): Promise<void> {
  const all = [...open]
  open.clear()
  await Promise.all(all.map((reader) => reader.close()))
}

/** Opens a reader that keeps what it reads. */
export async function readerOf(
  kafka: KafkaLike,
  admin: Admin,
  wanted: readonly Wanted[],
  options: Partial<ReaderOptions> = {},
): Promise<SpecReader> {
  const groupId = `microapi-spec-${randomUUID()}`
  const seen: string[] = []
  const told: string[] = []
  const reader = await readPartitions(kafka, wanted, {
    address: 'the brokers of the spec',
    groupId,
    offsets: (topic) => admin.fetchTopicOffsets(topic),
    onMessage: (_, partition, { value }) => void seen.push(`${partition}:${String(value)}`),
    onLost: ({ code }) => void told.push(`lost ${code}`),
    onBack: () => void told.push('back'),
    connectTimeoutMs: 60_000,
    ...options,
  })
  if (open.size === 0) atEnd(closeAll)
  open.add(reader)
  return { ...reader, groupId, seen, told }
}

/** What `seen` of a reader holds of one partition, in its order. */
export function inPartition({ seen }: SpecReader, partition: number): readonly string[] {
  return seen
    .filter((one) => one.startsWith(`${partition}:`))
    .map((one) => one.slice(String(partition).length + 1))
}

/** The numbers from 0 on, as texts. */
export function numbers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i))
}
