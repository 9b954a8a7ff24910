import { Buffer } from 'node:buffer'
import { sizeOfString, writeString } from './strings.ts'

/** What kafkajs makes a Fetch request of. */
export interface Fetch {
  readonly replicaId?: number
  readonly isolationLevel?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly forgottenTopics?: readonly unknown[]
  /** In ms. */
  readonly maxWaitTime: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly rackId?: string
  readonly topics: readonly FetchTopic[]
}

/** What of it is asked of one topic. */
export interface FetchTopic {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly currentLeaderEpoch?: number
    /** A number, or its digits. */
    readonly fetchOffset: number | string
    readonly logStartOffset?: number | string
    readonly maxBytes: number
  }[]
}

/** Only what is committed. */
const readCommitted = 1

const sizes = { head: 25, partition: 28 }

/**
 * Writes the body of a Fetch request, version 11, into one buffer; undefined where it has what is not written here.
 * @see https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function encodeFetch(request: Fetch): Buffer | undefined {
  const { topics, rackId = '', forgottenTopics = [] } = request
  if (forgottenTopics.length > 0) return undefined
  let size = sizes.head + 4 + 4 + sizeOfString(rackId)
  for (const { topic, partitions } of topics)
    size += sizeOfString(topic) + 4 + partitions.length * sizes.partition
  const to = Buffer.allocUnsafe(size)
  const { replicaId = -1, maxWaitTime, minBytes, maxBytes } = request
  const { isolationLevel = readCommitted, sessionId = 0, sessionEpoch = -1 } = request
  let at = to.writeInt32BE(replicaId, 0)
  at = to.writeInt32BE(maxWaitTime, at)
  at = to.writeInt32BE(minBytes, at)
  at = to.writeInt32BE(maxBytes, at)
  at = to.writeInt8(isolationLevel, at)
  at = to.writeInt32BE(sessionId, at)
  at = to.writeInt32BE(sessionEpoch, at)
  at = to.writeInt32BE(topics.length, at)
  for (const topic of topics) at = writeTopic(to, at, topic)
  at = to.writeInt32BE(0, at)
  writeString(to, at, rackId)
  return to
}

function writeTopic(to: Buffer, start: number, { topic, partitions }: FetchTopic): number {
  let at = writeString(to, start, topic)
  at = to.writeInt32BE(partitions.length, at)
  for (const {
    partition,
    currentLeaderEpoch = -1,
    fetchOffset,
    logStartOffset = -1,
    maxBytes,
  } of partitions) {
    at = to.writeInt32BE(partition, at)
    at = to.writeInt32BE(currentLeaderEpoch, at)
    at = to.writeBigInt64BE(BigInt(fetchOffset), at)
    at = to.writeBigInt64BE(BigInt(logStartOffset), at)
    at = to.writeInt32BE(maxBytes, at)
  }
  return at
}
