import {
  codeLengths,
  codes,
  countOfLength,
  endOfString,
  firstOfLength,
  longestCode,
  symbolsByCode,
} from './huffman-code.ts'
import type { HpackError } from './hpack-error.ts'
import { malformed, type Cursor } from './integer.ts'

// Twelve bits at a time: two of the common characters (5 or 6 bits each), one of the others, or the beginning of a code
// that is longer. 16 KiB, which stay in the processor's first cache.
const windowBits = 12
const windowMask = (1 << windowBits) - 1

// What begins with these twelve bits: first symbol (bits 0-7), second symbol (8-15), how many symbols (16-17), bits of
// the first (18-21), bits of all (22-25); 0 when the code is longer.
const windows = new Int32Array(1 << windowBits)

function fillSingles(): void {
  for (let symbol = 0; symbol < endOfString; symbol++) {
    const length = codeLengths[symbol]!
    const free = windowBits - length
    if (free < 0) continue
    const from = codes[symbol]! << free
    windows.fill(symbol | (1 << 16) | (length << 18) | (length << 22), from, from + (1 << free))
  }
}

function fillPairs(): void {
  const singles = windows.slice()
  for (let bits = 0; bits <= windowMask; bits++) {
    const first = singles[bits]!
    if (first === 0) continue
    const length = (first >>> 18) & 15
    const second = singles[(bits << length) & windowMask]!
    const both = length + ((second >>> 18) & 15)
    if (second === 0 || both > windowBits) continue
    windows[bits] = (first & 0xff) | ((second & 0xff) << 8) | (2 << 16) | (length << 18) | (both << 22)
  }
}

fillSingles()
fillPairs()

/** How much room readHuffman needs for so many octets: the shortest code has 5 bits, and it writes in pairs. */
export function huffmanRoom(octets: number): number {
  return Math.ceil((octets * 8) / 5) + 2
}

/**
 * Decodes the Huffman-coded octets from the cursor up to `end` into `out`, which has room for huffmanRoom() of them;
 * returns how many it wrote and moves the cursor to `end`. Throws HpackError for an end-of-string code, an unfinished
 * code, padding of more than 7 bits, and padding that is not all ones.
 * @see RFC 7541 §5.2
 */
export function readHuffman(buffer: Buffer, cursor: Cursor, end: number, out: Buffer): number {
  let { at } = cursor
  let written = 0
  let pending = 0
  let bits = 0
  for (;;) {
    if (bits < windowBits) {
      if (at + 1 < end) {
        pending = (pending << 16) | (buffer[at]! << 8) | buffer[at + 1]!
        at += 2
        bits += 16
      } else if (at < end) {
        pending = (pending << 8) | buffer[at++]!
        bits += 8
      }
      if (bits < windowBits) break
    }
    const found = windows[(pending >>> (bits - windowBits)) & windowMask]!
    if (found !== 0) {
      out[written] = found
      out[written + 1] = found >>> 8
      written += (found >>> 16) & 3
      bits -= found >>> 22
      continue
    }
    cursor.at = at
    const symbol = readLong(buffer, cursor, end, bits)
    out[written++] = symbol
    bits -= codeLengths[symbol]!
    if (bits < 0) {
      // The code went on behind what is pending: begin anew in the octet where it ended.
      const position = at * 8 - bits
      at = (position + 7) >>> 3
      bits = at * 8 - position
      pending = buffer[at - 1]!
    }
  }
  // Fewer bits than a window are left: ones behind them complete no code that is not whole.
  while (bits > 0) {
    const found = windows[((pending << (windowBits - bits)) | (windowMask >>> bits)) & windowMask]!
    const length = (found >>> 18) & 15
    if (found === 0 || length > bits) break
    out[written++] = found
    bits -= length
  }
  cursor.at = end
  const ones = (1 << bits) - 1
  if (bits > 7 || (pending & ones) !== ones) throw badEnd(cursor, bits, (pending & ones) === ones)
  return written
}

// A code that is longer than a window, bit by bit: control characters, some punctuation, and what is not ASCII.
function readLong(buffer: Buffer, cursor: Cursor, end: number, bits: number): number {
  const from = cursor.at * 8 - bits
  let code = 0
  let shorter = 0
  for (let length = 1; length <= longestCode; length++) {
    const position = from + length - 1
    if (position >= end * 8) {
      cursor.at = end
      throw badEnd(cursor, length - 1, code === 2 ** (length - 1) - 1)
    }
    code = (code << 1) | ((buffer[position >>> 3]! >>> (7 - (position & 7))) & 1)
    const offset = code - firstOfLength[length]!
    const count = countOfLength[length]!
    if (offset >= 0 && offset < count) {
      const symbol = symbolsByCode[shorter + offset]!
      if (symbol !== endOfString) return symbol
      throw malformed('a Huffman-coded string holds the end-of-string code', cursor, from >>> 3)
    }
    shorter += count
  }
  throw new Error('the Huffman code is complete')
}

function badEnd(cursor: Cursor, bits: number, ones: boolean): HpackError {
  if (bits <= 7)
    return malformed('the padding of a Huffman-coded string is not all ones', cursor, cursor.at - 1)
  return malformed(
    ones
      ? 'the padding of a Huffman-coded string is longer than 7 bits'
      : 'a Huffman-coded string ends within a code',
    cursor,
    cursor.at - 1,
  )
}
