import { Buffer } from 'node:buffer'
import type { Message } from 'kafkajs'
import { sizeOfBatch, writeBatch, type BatchSource, type RecordBatch } from './record-batch.ts'
import { measure, writeRecords, type Records } from './records.ts'
import { sizeOfString, writeString } from './strings.ts'

/** What kafkajs makes a Produce request of. */
export interface Produce {
  readonly acks: number
  /** In ms. */
  readonly timeout: number
  readonly transactionalId?: string | null
  /** A number, its digits, or kafkajs's own Long. */
  readonly producerId?: unknown
  readonly producerEpoch?: number
  readonly compression?: number
  readonly topicData: readonly ProduceTopic[]
}

/** What of it goes to one topic. */
export interface ProduceTopic {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly firstSequence?: number
    readonly messages: readonly Message[]
  }[]
}

/** Compresses records in the way that kafkajs has a number for. */
export type Compress = (compression: number, records: Buffer) => Promise<Buffer>

interface Topic {
  readonly name: string
  readonly batches: readonly RecordBatch[]
}

/** kafkajs's mask. */
const compressionBits = 0x07

/**
 * Writes the body of a Produce request, version 3 to 7, into one buffer, measured before; undefined where it has what is
 * not written here, such as timestamps.
 * @see https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
export async function encodeProduce(request: Produce, compress: Compress): Promise<Buffer | undefined> {
  const { acks, timeout, transactionalId, compression = 0, topicData } = request
  const { producerId = -1, producerEpoch = 0 } = request
  const topics: Topic[] = []
  let size = sizeOfString(transactionalId) + 2 + 4 + 4
  for (const { topic, partitions } of topicData) {
    const batches: RecordBatch[] = []
    size += sizeOfString(topic) + 4
    for (const { partition, firstSequence = 0, messages } of partitions) {
      const records = measure(messages)
      if (!records) return undefined
      const compressed = compression === 0 ? undefined : await compress(compression, alone(records))
      const batch = { partition, firstSequence, records, compressed }
      batches.push(batch)
      size += 4 + 4 + sizeOfBatch(batch)
    }
    topics.push({ name: topic, batches })
  }
  const source: BatchSource = {
    producerId: BigInt(String(producerId)),
    producerEpoch,
    isTransactional: Boolean(transactionalId),
    compression: compression & compressionBits,
  }
  const to = Buffer.allocUnsafe(size)
  let at = writeString(to, 0, transactionalId)
  at = to.writeInt16BE(acks, at)
  at = to.writeInt32BE(timeout, at)
  at = to.writeInt32BE(topics.length, at)
  for (const topic of topics) at = writeTopic(to, at, topic, source)
  return to
}

function alone(records: Records): Buffer {
  const to = Buffer.allocUnsafe(records.size)
  writeRecords(to, 0, records)
  return to
}

function writeTopic(to: Buffer, start: number, { name, batches }: Topic, source: BatchSource): number {
  let at = writeString(to, start, name)
  at = to.writeInt32BE(batches.length, at)
  for (const batch of batches) {
    at = to.writeInt32BE(batch.partition, at)
    at = to.writeInt32BE(sizeOfBatch(batch), at)
    at = writeBatch(to, at, batch, source)
  }
  return at
}
