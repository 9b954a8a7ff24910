import { HpackError } from './hpack-error.ts'

/** Where reading stands in a block: `at` moves, `start` and `end` are those of the block. */
export interface Cursor {
  start: number
  at: number
  end: number
}

/** The most octets that an integer takes here, beginning with the one that it shares. */
export const maxIntegerOctets = 6

/** An error that names the octet, counted from the block's beginning. */
export function malformed(what: string, cursor: Cursor, at: number = cursor.at): HpackError {
  return new HpackError(`${what} (octet ${at - cursor.start} of the header block)`)
}

/**
 * Reads the integer whose prefix stands in the low bits (`mask`) of the octet at the cursor, and moves the cursor behind
 * it. Throws HpackError for more than 2^31 − 1, for more than 5 octets behind the prefix, and at the block's end.
 * @see RFC 7541 §5.1
 */
export function readInteger(buffer: Buffer, cursor: Cursor, mask: number): number {
  const from = cursor.at
  if (from >= cursor.end) throw malformed('the block ends where an integer should begin', cursor)
  let value = buffer[from]! & mask
  if (value < mask) {
    cursor.at = from + 1
    return value
  }
  // Multiplied, not shifted: the fifth octet brings bits 28 to 34.
  let weight = 1
  for (let at = from + 1; at < from + maxIntegerOctets; at++) {
    if (at >= cursor.end) throw malformed('the block ends within an integer', cursor, at)
    const octet = buffer[at]!
    value += (octet & 0x7f) * weight
    if (octet < 0x80) {
      if (value > 0x7f_ff_ff_ff) throw malformed('an integer is above 2^31 - 1', cursor, from)
      cursor.at = at + 1
      return value
    }
    weight *= 0x80
  }
  throw malformed('an integer has more than 5 octets behind its prefix', cursor, from)
}

/**
 * Writes an integer with its prefix in the low bits (`mask`) of an octet whose other bits are `pattern`; returns the
 * offset behind it.
 * @see RFC 7541 §5.1
 */
// oxlint-disable-next-line max-params -- called for every field: an object would be garbage
export function writeInteger(out: Buffer, at: number, pattern: number, mask: number, value: number): number {
  if (value < mask) {
    out[at] = pattern | value
    return at + 1
  }
  out[at++] = pattern | mask
  let rest = value - mask
  while (rest >= 0x80) {
    out[at++] = 0x80 | (rest % 0x80)
    rest = Math.floor(rest / 0x80)
  }
  out[at] = rest
  return at + 1
}
