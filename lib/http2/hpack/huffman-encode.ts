import { codeLengths, codes } from './huffman-code.ts'

/** How many octets a text of octets takes when it is Huffman-coded, padding included. */
export function huffmanSize(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += codeLengths[text.charCodeAt(i) & 0xff]!
  return (bits + 7) >>> 3
}

/**
 * Writes a text of octets Huffman-coded, without its length; returns the offset behind it.
 * @see RFC 7541 §5.2
 */
export function writeHuffman(text: string, out: Buffer, at: number): number {
  let pending = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i) & 0xff
    let length = codeLengths[octet]!
    const code = codes[octet]!
    if (length > 16) {
      // Up to 15 bits are pending and 32 fit, so a long code goes in two.
      length -= 16
      pending = (pending << length) | (code >>> 16)
      bits += length
      if (bits >= 16) {
        bits -= 16
        out[at] = pending >>> (bits + 8)
        out[at + 1] = pending >>> bits
        at += 2
      }
      pending = (pending << 16) | (code & 0xffff)
      bits += 16
    } else {
      pending = (pending << length) | code
      bits += length
    }
    if (bits >= 16) {
      bits -= 16
      out[at] = pending >>> (bits + 8)
      out[at + 1] = pending >>> bits
      at += 2
    }
  }
  if (bits >= 8) {
    bits -= 8
    out[at++] = pending >>> bits
  }
  // The padding is the beginning of the end-of-string code: ones.
  if (bits > 0) out[at++] = (pending << (8 - bits)) | (0xff >>> bits)
  return at
}
