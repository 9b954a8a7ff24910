/** The bytes that members of a group tell each other, as all of Kafka's clients write them. */

/** Numbers of partitions by topic. */
export type PartitionsByTopic = ReadonlyMap<string, readonly number[]>

/** What a member says of itself when it joins. */
export interface Subscription {
  readonly topics: readonly string[]
  /** What it had until now, if it is one of ours. */
  readonly owned: PartitionsByTopic
  /** It is about to go: what it had is what it still has in hand, and it wants nothing else. */
  readonly isLeaving?: boolean
}

/** Stands among the topics that a leaving member had; no topic is called so. */
const leaving = ''

/** Writes a subscription, version 0. */
export function encodeSubscription({ topics, owned, isLeaving = false }: Subscription): Buffer {
  const had = encodePartitions(isLeaving ? new Map([...owned, [leaving, []]]) : owned)
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(string), int32(had.length), had])
}

/** Reads a subscription of any version and any client; what it cannot read is left out. */
export function decodeSubscription(bytes: Buffer): Subscription {
  const topics: string[] = []
  const reader = createReader(bytes)
  try {
    reader.int16()
    for (let left = reader.int32(); left > 0; left--) topics.push(reader.string())
    const length = reader.int32()
    const owned = length > 0 ? decodePartitions(reader.bytes(length)) : new Map<string, readonly number[]>()
    return owned.delete(leaving) ? { topics, owned, isLeaving: true } : { topics, owned }
  } catch {
    return { topics, owned: new Map() }
  }
}

/** Writes what a member is given, version 0. */
export function encodeAssignment(partitions: PartitionsByTopic): Buffer {
  return Buffer.concat([int16(0), encodePartitions(partitions), int32(0)])
}

function encodePartitions(partitions: PartitionsByTopic): Buffer {
  const topics = [...partitions].map(([topic, numbers]) =>
    Buffer.concat([string(topic), int32(numbers.length), ...numbers.map(int32)]),
  )
  return Buffer.concat([int32(topics.length), ...topics])
}

function decodePartitions(bytes: Buffer): Map<string, readonly number[]> {
  const reader = createReader(bytes)
  const partitions = new Map<string, readonly number[]>()
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.string()
    const numbers: number[] = []
    for (let left = reader.int32(); left > 0; left--) numbers.push(reader.int32())
    partitions.set(topic, numbers)
  }
  return partitions
}

/** Reads one thing after the other; throws a RangeError at the end. */
function createReader(bytes: Buffer) {
  let at = 0
  const take = (length: number): number => {
    at += length
    if (length < 0 || at > bytes.length) throw new RangeError('it ends too soon')
    return at - length
  }
  const short = (): number => bytes.readInt16BE(take(2))
  return {
    int16: short,
    int32: () => bytes.readInt32BE(take(4)),
    bytes: (length: number) => bytes.subarray(take(length), at),
    string: () => bytes.toString('utf8', take(short()), at),
  }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function string(value: string): Buffer {
  const text = Buffer.from(value)
  return Buffer.concat([int16(text.length), text])
}
