import { huffmanRoom, readHuffman } from './huffman-decode.ts'
import { huffmanSize, writeHuffman } from './huffman-encode.ts'
import { malformed, readInteger, writeInteger, type Cursor } from './integer.ts'
import { isWide, readLatin1, writeLatin1 } from './latin1.ts'

// What is decoded stands here until it is a string; a longer one gets a buffer of its own, which is not kept.
let scratch: Buffer | undefined
const scratchOctets = 4096

/**
 * Reads the string at the cursor, a character for each octet, and moves the cursor behind it. Throws HpackError when it
 * is malformed or goes on behind the block's end.
 * @see RFC 7541 §5.2
 */
export function readString(buffer: Buffer, cursor: Cursor): string {
  const from = cursor.at
  const length = readInteger(buffer, cursor, 0x7f)
  const { at } = cursor
  const end = at + length
  if (end > cursor.end) {
    throw malformed(`a string of ${length} octets goes on behind the block's end`, cursor, from)
  }
  if (buffer[from]! < 0x80) {
    cursor.at = end
    return readLatin1(buffer, at, end)
  }
  const room = huffmanRoom(length)
  scratch ??= Buffer.allocUnsafeSlow(scratchOctets)
  const out = room <= scratchOctets ? scratch : Buffer.allocUnsafeSlow(room)
  return readLatin1(out, 0, readHuffman(buffer, cursor, end, out))
}

/**
 * Writes a string, Huffman-coded when that makes it shorter and it is not shorter than `huffmanFrom`. Returns the offset
 * behind it, or -1 when a character is no octet.
 * @see RFC 7541 §5.2
 */
export function writeString(text: string, out: Buffer, at: number, huffmanFrom: number): number {
  const { length } = text
  if (length >= huffmanFrom && length > 0) {
    if (isWide(text)) return -1
    const size = huffmanSize(text)
    if (size < length) return writeHuffman(text, out, writeInteger(out, at, 0x80, 0x7f, size))
  }
  return writeLatin1(text, out, writeInteger(out, at, 0, 0x7f, length))
}
