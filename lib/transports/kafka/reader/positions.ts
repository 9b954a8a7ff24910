import type { Batch, KafkaMessage } from 'kafkajs'

/** How far the partitions of a reader were read; it outlives the consumers that read them. */
export interface Positions {
  /** For each topic the partitions that are read, in order. */
  readonly partitions: ReadonlyMap<string, readonly number[]>
  /** Where to go on, for each partition. */
  next(): readonly { readonly topic: string; readonly partition: number; readonly offset: string }[]
  /** Hands on what was not yet read, and moves on. */
  take(batch: Batch, onMessage: OnMessage): void
}

/** Gets what was read, each partition in its order; never throws. */
export type OnMessage = (topic: string, partition: number, message: KafkaMessage) => void

/** An offset is read as a number: of 1,000,000 messages a second it takes 285 years until that is not exact. */
type Offsets = Map<number, number>

/** Begins at these offsets: by topic, then by partition. */
export function createPositions(start: ReadonlyMap<string, ReadonlyMap<number, number>>): Positions {
  const positions = new Map(
    [...start].map(([topic, offsets]): [string, Offsets] => [topic, new Map(offsets)]),
  )
  return {
    partitions: new Map(
      [...start].map(([topic, offsets]) => [topic, [...offsets.keys()].toSorted((a, b) => a - b)]),
    ),
    next: () =>
      [...positions].flatMap(([topic, offsets]) =>
        [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
      ),
    take({ topic, partition, highWatermark, messages }, onMessage) {
      const offsets = positions.get(topic)
      if (!offsets?.has(partition)) return
      // A log that ends before our place was made anew, or has lost its end: what is in it now is new to us.
      if (Number(highWatermark) < offsets.get(partition)!) offsets.set(partition, 0)
      for (const message of messages) {
        const offset = Number(message.offset)
        if (offset < offsets.get(partition)!) continue
        // Before it is handed on: whatever comes of that, it is not handed on again.
        offsets.set(partition, offset + 1)
        onMessage(topic, partition, message)
      }
    },
  }
}
