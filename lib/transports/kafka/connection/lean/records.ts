import { Buffer } from 'node:buffer'
import type { Message } from 'kafkajs'

/** Records that can be written, measured. */
export interface Records {
  readonly messages: readonly Message[]
  /** Of each, what stands behind its length, in bytes. */
  readonly bodies: readonly number[]
  /** Of all of them, in bytes. */
  readonly size: number
}

type Bytes = string | Buffer | null | undefined

/** Measures the records of a batch; undefined where one of them has what is not written here. */
export function measure(messages: readonly Message[]): Records | undefined {
  const bodies: number[] = []
  let size = 0
  for (let place = 0; place < messages.length; place++) {
    const body = sizeOfBody(messages[place]!, place)
    if (body === undefined) return undefined
    bodies.push(body)
    size += sizeOfVarInt(body) + body
  }
  return { messages, bodies, size }
}

function sizeOfBody({ key, value, headers, timestamp }: Message, place: number): number | undefined {
  if (timestamp != null || !isBytes(key) || !isBytes(value) || headers === null) return undefined
  // Attributes, and how long behind the batch's first it was made.
  let size = 2 + sizeOfVarInt(place) + sizeOfBytes(key) + sizeOfBytes(value)
  if (headers === undefined) return size + 1
  const names = Object.keys(headers)
  for (const name of names) {
    const header = headers[name]
    // kafkajs fails for none, and writes several of a name one by one.
    if (header == null || !isBytes(header)) return undefined
    size += sizeOfBytes(name) + sizeOfBytes(header)
  }
  return size + sizeOfVarInt(names.length)
}

/**
 * Writes them; gives the place behind the last.
 * @see https://kafka.apache.org/documentation/#record
 */
export function writeRecords(to: Buffer, start: number, { messages, bodies }: Records): number {
  let at = start
  for (let place = 0; place < messages.length; place++) {
    const { key, value, headers } = messages[place]!
    at = writeVarInt(to, at, bodies[place]!)
    to[at++] = 0
    to[at++] = 0
    at = writeVarInt(to, at, place)
    at = writeBytes(to, at, key)
    at = writeBytes(to, at, value)
    const names = headers === undefined ? [] : Object.keys(headers)
    at = writeVarInt(to, at, names.length)
    for (const name of names) at = writeBytes(to, writeBytes(to, at, name), headers![name] as Bytes)
  }
  return at
}

function isBytes(value: unknown): value is Bytes {
  return value == null || typeof value === 'string' || Buffer.isBuffer(value)
}

function sizeOfBytes(bytes: Bytes): number {
  if (bytes == null) return 1
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
  return sizeOfVarInt(length) + length
}

function writeBytes(to: Buffer, at: number, bytes: Bytes): number {
  if (bytes == null) {
    // The length -1.
    to[at] = 1
    return at + 1
  }
  if (typeof bytes === 'string') {
    const start = writeVarInt(to, at, Buffer.byteLength(bytes))
    return start + to.write(bytes, start)
  }
  const start = writeVarInt(to, at, bytes.length)
  to.set(bytes, start)
  return start + bytes.length
}

/** Of what is not negative, which takes one bit for that. */
function sizeOfVarInt(value: number): number {
  if (value < 2 ** 6) return 1
  if (value < 2 ** 13) return 2
  if (value < 2 ** 20) return 3
  return value < 2 ** 27 ? 4 : 5
}

function writeVarInt(to: Buffer, start: number, value: number): number {
  let at = start
  let rest = (value << 1) >>> 0
  for (; rest > 0x7f; rest >>>= 7) to[at++] = (rest & 0x7f) | 0x80
  to[at++] = rest
  return at
}
