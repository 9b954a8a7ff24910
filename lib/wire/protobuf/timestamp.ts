import type { ProtoReader, ProtoWriter } from './library.ts'
import { cut, safe, skip } from './reading.ts'
import { refuse, told } from './refuse.ts'

// google.protobuf.Timestamp holds the years 1 to 9999.
const first = -62_135_596_800
const last = 253_402_300_799

const rfc3339 = /^(\d{4}-\d\d-\d\d)[t\s](\d\d:\d\d:\d\d)(\.\d+)?(z|[+-]\d\d(?::?\d\d)?)$/i

/** Writes an RFC 3339 date as a Timestamp's fields. */
export function writeTimestamp(w: ProtoWriter, value: unknown, where: string): void {
  const match = typeof value === 'string' ? rfc3339.exec(value) : null
  if (!match) refuse(where, `must be an RFC 3339 date, not ${told(value)}`)
  const [, day, time, fraction, zone = 'Z'] = match
  const offset =
    zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const seconds = Date.parse(`${day}T${time}${offset.toUpperCase()}`) / 1_000
  if (!(seconds >= first && seconds <= last)) refuse(where, `is ${told(value)}, which no Timestamp can hold`)
  const nanos = fraction === undefined ? 0 : Number(fraction.slice(1, 10).padEnd(9, '0'))
  if (seconds !== 0) w.uint32(8).int64(seconds)
  if (nanos !== 0) w.uint32(16).uint32(nanos)
}

/** Reads a Timestamp's fields into the text that a Date's toISOString gives; finer fractions keep their digits. */
export function readTimestamp(r: ProtoReader, end: number, where: string): string {
  const outer = r.len
  r.len = end
  let seconds = 0
  let nanos = 0
  while (r.pos < end) {
    const tag = r.tag()
    if (tag === 8) seconds = safe(r.int64(), where)
    else if (tag === 16) nanos = r.int32()
    else skip(r, tag)
  }
  if (r.pos !== end) cut()
  r.len = outer
  if (seconds < first || seconds > last || nanos < 0 || nanos > 999_999_999)
    refuse(where, `is no Timestamp: ${seconds} s, ${nanos} ns`)
  const text = new Date(seconds * 1_000 + Math.floor(nanos / 1e6)).toISOString()
  const rest = nanos % 1e6
  if (rest === 0) return text
  const digits = String(rest).padStart(6, '0')
  return `${text.slice(0, -1)}${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}
