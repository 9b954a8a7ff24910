import { RpcError } from '../../core/errors.ts'
import type { Long, ProtoReader } from './library.ts'
import { refuse } from './refuse.ts'

// What the generated readers call.

/** Reads a length; where what it measures ends. */
export function enter(r: ProtoReader): number {
  const end = r.size() + r.pos
  if (end > r.len) throw new RangeError('a length goes past the end')
  return end
}

/** Passes over a field that nobody knows. */
export function skip(r: ProtoReader, tag: number): void {
  r.skipType(tag & 7, 0, tag >>> 3)
}

/** Reads text, which has to be UTF-8. */
export function text(r: ProtoReader): string {
  const at = r.pos
  const read = r.string()
  if (!read.includes('\uFFFD')) return read
  // It may have been written so. The reader that makes sure takes three times as long.
  r.pos = at
  try {
    return r.stringVerify()
  } catch {
    throw new RangeError('text that is not UTF-8')
  }
}

/** Reads bytes, on a copy: those of the message may be written over. */
export function bytes(r: ProtoReader): Uint8Array {
  return new Uint8Array(r.bytes())
}

/** Reads a varint of 64 bits into a number. */
export function varint64(r: ProtoReader, where: string): number {
  const { buf, pos } = r
  // Most are small, and need no object for their halves.
  if (r.len - pos >= 3) {
    const a = buf[pos]!
    if (a < 0x80) {
      r.pos = pos + 1
      return a
    }
    const b = buf[pos + 1]!
    if (b < 0x80) {
      r.pos = pos + 2
      return (a & 0x7f) | (b << 7)
    }
    const c = buf[pos + 2]!
    if (c < 0x80) {
      r.pos = pos + 3
      return (a & 0x7f) | ((b & 0x7f) << 7) | (c << 14)
    }
  }
  return safe(r.int64(), where)
}

/** The number that a 64-bit integer is. Throws where it has more digits than a number holds. */
export function safe(long: Long, where: string): number {
  const { unsigned } = long as { unsigned?: boolean }
  const high = unsigned ? long.high >>> 0 : long.high
  const value = high * 2 ** 32 + (long.low >>> 0)
  return Number.isSafeInteger(value)
    ? value
    : refuse(where, `is ${long.toString()}, which exceeds 2^53; use t.BigInt()`)
}

/** {@link safe} for unsigned varints, whose small ones are read as quickly. */
export function unsignedVarint64(r: ProtoReader, where: string): number {
  return r.buf[r.pos]! < 0x80 ? r.uint32() : safe(r.uint64(), where)
}

/** Throws for messages that are nested too deep. */
export function tooDeep(): never {
  throw new RpcError('INVALID_ARGUMENT', 'protobuf is nested too deep (maxDepth)')
}

/** Throws where a few bytes would stand for a great many values. */
export function tooMany(): never {
  throw new RpcError(
    'RESOURCE_EXHAUSTED',
    'a message stands for too many values: nearly all of its fields are left out',
  )
}

/** Throws for a message that ends in the middle of a field. */
export function cut(): never {
  throw new RangeError('a field goes past the end of its message')
}
