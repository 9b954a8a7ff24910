/** What every Node has on its buffers and its types leave out: no look at an encoding's name, no checks. */
interface Latin1Buffer {
  latin1Slice(start: number, end: number): string
  latin1Write(text: string, at: number, length: number): number
}

// From these lengths on a call into Node is cheaper than a loop (measured: 9 octets read, 25 written).
const shortRead = 8
const shortWrite = 24

// Compiled for a string of one-byte characters this cannot match, and costs nothing however long the string is.
const wide = /[^\0-\xff]/

/** Whether a text has a character above U+00FF, which is no octet. */
export function isWide(text: string): boolean {
  return wide.test(text)
}

/** The octets [start, end) as a string, a character each. */
export function readLatin1(buffer: Buffer, start: number, end: number): string {
  if (end - start > shortRead) return (buffer as unknown as Latin1Buffer).latin1Slice(start, end)
  let text = ''
  let at = start
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(buffer[at]!, buffer[at + 1]!, buffer[at + 2]!, buffer[at + 3]!)
  }
  for (; at < end; at++) text += String.fromCharCode(buffer[at]!)
  return text
}

/** Writes a text as octets, a character each; returns the offset behind it, or -1 when a character is no octet. */
export function writeLatin1(text: string, out: Buffer, at: number): number {
  const { length } = text
  if (length > shortWrite) {
    if (wide.test(text)) return -1
    ;(out as unknown as Latin1Buffer).latin1Write(text, at, length)
    return at + length
  }
  let seen = 0
  for (let i = 0; i < length; i++) {
    const octet = text.charCodeAt(i)
    seen |= octet
    out[at + i] = octet
  }
  return seen > 0xff ? -1 : at + length
}
