import type { ProtoReader, ProtoWriter } from './library.ts'
import { cut, safe, skip } from './reading.ts'
import { refuse, told } from './refuse.ts'

// google.protobuf.Duration: some 10,000 years, both ways.
const limit = 315_576_000_000

const pattern = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/

/** Writes seconds as protobuf's JSON has them, `1.5s`, as a Duration's fields. */
export function writeDuration(w: ProtoWriter, value: unknown, where: string): void {
  const match = typeof value === 'string' ? pattern.exec(value) : null
  if (!match) refuse(where, `must be seconds, such as "1.5s", not ${told(value)}`)
  const [, sign, whole, fraction = ''] = match
  const seconds = Number(whole)
  const nanos = Number(fraction.padEnd(9, '0'))
  if (seconds > limit || (seconds === limit && nanos > 0))
    refuse(where, `is ${told(value)}, which no Duration can hold`)
  if (seconds !== 0) w.uint32(8).int64(sign === '-' ? -seconds : seconds)
  if (nanos !== 0) w.uint32(16).int32(sign === '-' ? -nanos : nanos)
}

/** Reads a Duration's fields into `1.5s`: no, three, six or nine digits behind the point. */
export function readDuration(r: ProtoReader, end: number, where: string): string {
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
  const isTorn = seconds * nanos < 0 || Math.abs(nanos) > 999_999_999
  if (isTorn || Math.abs(seconds) > limit || (Math.abs(seconds) === limit && nanos !== 0))
    refuse(where, `is no Duration: ${seconds} s, ${nanos} ns`)
  const sign = seconds < 0 || nanos < 0 ? '-' : ''
  const digits = String(Math.abs(nanos))
    .padStart(9, '0')
    .replace(/(?:000)+$/, '')
  return `${sign}${Math.abs(seconds)}${digits && `.${digits}`}s`
}
