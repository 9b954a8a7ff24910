import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import type { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'

/** Octets from hexadecimal digits; what stands between them is for the eye. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex')
}

/** Decodes a whole block with limits that it does not reach. */
export function decode(decoder: HpackDecoder, block: Buffer): string[] | undefined {
  return decoder.decode(block, 0, block.length, 1_000_000, 10_000)
}

/** Decodes hexadecimal digits with a new decoder, or with this one. */
export function decodeHex(digits: string, decoder = new HpackDecoder(4096)): string[] | undefined {
  return decode(decoder, hex(digits))
}

/** Encodes a block somewhere inside a buffer that has as much room as bound() asks for. */
export function encode(
  encoder: HpackEncoder,
  fields: readonly string[],
  index = true,
  sensitive?: ReadonlySet<string>,
): Buffer {
  const at = 7
  const out = Buffer.alloc(at + encoder.bound(fields))
  const end = encoder.encode(fields, out, at, index, sensitive)
  if (end > out.length) throw new Error(`bound() said ${out.length - at}, encode() wrote ${end - at}`)
  return out.subarray(at, end)
}

/** The names and values in the dynamic table, newest first, as a block of references to them shows them. */
export function tableOf(decoder: HpackDecoder): string[] {
  const entries: string[] = []
  for (let size = 0, index = 62; size < decoder.tableSize; index++) {
    // Beyond index 126 the prefix is full.
    const block = index < 127 ? [0x80 | index] : [0xff, 0x80 | ((index - 127) % 128), (index - 127) >> 7]
    const [name, value] = decode(decoder, Buffer.from(block))!
    entries.push(name!, value!)
    size += name!.length + value!.length + 32
  }
  return entries
}

/** Small random numbers from a seed, so that a failure can be run again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1
  return (below) => {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
