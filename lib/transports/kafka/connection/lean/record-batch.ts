import { Buffer } from 'node:buffer'
import { crc32c } from './crc32c.ts'
import { writeRecords, type Records } from './records.ts'

/** What stands before the records of a batch, in bytes. */
const head = 61

/** What is not counted by the batch's own length, and what its checksum does not cover, in bytes. */
const before = { length: 12, checksum: 21 }

/** The format since Kafka 0.11. */
const magic = 2

/** A batch of one partition. */
export interface RecordBatch {
  readonly partition: number
  readonly firstSequence: number
  readonly records: Records
  /** The same, compressed. */
  readonly compressed: Buffer | undefined
}

/** Who sends it, and how. */
export interface BatchSource {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly isTransactional: boolean
  /** kafkajs's number of it. */
  readonly compression: number
}

/** In bytes. */
export function sizeOfBatch({ records, compressed }: RecordBatch): number {
  return head + (compressed?.length ?? records.size)
}

/**
 * Writes it; gives the place behind it. All its records are of now.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function writeBatch(to: Buffer, start: number, batch: RecordBatch, source: BatchSource): number {
  const { records, compressed, firstSequence } = batch
  const { producerId, producerEpoch, isTransactional, compression } = source
  const { length } = records.messages
  const end = start + sizeOfBatch(batch)
  const now = BigInt(Date.now())
  let at = to.writeBigInt64BE(0n, start)
  at = to.writeInt32BE(end - start - before.length, at)
  // Of the leader's epoch, a client knows nothing.
  at = to.writeInt32BE(0, at)
  at = to.writeInt8(magic, at)
  const checksumAt = at
  at = to.writeInt16BE(compression | (isTransactional ? 0x10 : 0), at + 4)
  at = to.writeInt32BE(length - 1, at)
  at = to.writeBigInt64BE(now, at)
  at = to.writeBigInt64BE(now, at)
  at = to.writeBigInt64BE(producerId, at)
  at = to.writeInt16BE(producerEpoch, at)
  at = to.writeInt32BE(firstSequence, at)
  at = to.writeInt32BE(length, at)
  if (compressed) to.set(compressed, at)
  else writeRecords(to, at, records)
  to.writeUInt32BE(crc32c(to.subarray(start + before.checksum, end)), checksumAt)
  return end
}
