import { fromBase64 } from '../../core/base64.ts'
import type { Scalar } from './model.ts'
import type { Long, ProtoWriter } from './library.ts'
import { refuse, told } from './refuse.ts'
import { scalars } from './scalars.ts'

// What the generated writers call. Values have been checked by their schemas; a gateway passes on what has not.

/** Writes text. Halves of surrogate pairs, which UTF-8 does not have, are replaced. */
export function writeText(w: ProtoWriter, value: string): void {
  w.string(wellFormed(value))
}

// In ES2024's library; Node 20 has both.
interface Utf16 {
  isWellFormed(): boolean
  toWellFormed(): string
}

function wellFormed(value: string): string {
  const text = value as unknown as Utf16
  return text.isWellFormed() ? value : text.toWellFormed()
}

/** Writes bytes, or base64. */
export function writeBytes(w: ProtoWriter, value: unknown, where: string): void {
  if (value instanceof Uint8Array) w.bytes(value)
  else if (typeof value === 'string') w.bytes(decodeBase64(value, where))
  else refuse(where, `must be bytes or base64, not ${told(value)}`)
}

function decodeBase64(value: string, where: string): Uint8Array {
  try {
    return fromBase64(value)
  } catch {
    return refuse(where, 'must be base64')
  }
}

/** Writes a number as a 64-bit integer of some kind. */
export function writeInteger64(w: ProtoWriter, value: unknown, scalar: Scalar, where: string): void {
  if (typeof value !== 'number' || !Number.isInteger(value))
    refuse(where, `must be an integer, not ${told(value)}`)
  const plain = scalar === 'int64' || scalar === 'uint64'
  if (plain && value >= 0 && value <= 0xff_ff_ff_ff) {
    w.uint32(value)
    return
  }
  if (!Number.isSafeInteger(value)) refuse(where, `is ${value}, which exceeds 2^53; use t.BigInt()`)
  if (value < 0 && scalars[scalar].range![0] === 0n) refuse(where, `is ${value}, which is no ${scalar}`)
  w[scalar as 'int64'](value)
}

const decimal = /^-?\d{1,39}$/

/** Writes decimal text as a 64-bit integer of some kind. */
export function writeDecimal64(w: ProtoWriter, value: unknown, scalar: Scalar, where: string): void {
  if (typeof value !== 'string' || !decimal.test(value)) refuse(where, `must be digits, not ${told(value)}`)
  const method = scalar as 'int64'
  const big = BigInt(value)
  const [smallest, largest] = scalars[scalar].range!
  if (big < smallest || big > largest)
    refuse(where, `is ${value}, which is no ${scalar}; t.BigInt({ proto: 'string' }) has room for it`)
  w[method](value.length < 16 ? Number(big) : longOf(big))
}

function longOf(value: bigint): Long {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) }
}

/** Writes a 32-bit integer of some kind. */
export function writeInteger32(w: ProtoWriter, value: unknown, scalar: Scalar, where: string): void {
  const [smallest, largest] = scalars[scalar].range!
  if (typeof value !== 'number' || !Number.isInteger(value))
    refuse(where, `must be an integer, not ${told(value)}`)
  if (value < smallest || value > largest) refuse(where, `is ${value}, which is no ${scalar}`)
  w[scalar as 'int32'](value)
}

/** Writes a number in four octets. */
export function writeFloat(w: ProtoWriter, value: number, where: string): void {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
    refuse(where, `is ${value}, which is no float`)
  w.float(value)
}
