import { Buffer } from 'node:buffer'

/** What {@link writeString} writes, in bytes. */
export function sizeOfString(text: string | null | undefined): number {
  return 2 + (text == null ? 0 : Buffer.byteLength(text))
}

/** Writes a text of Kafka's protocol behind its length, or that there is none; gives the place behind it. */
export function writeString(to: Buffer, start: number, text: string | null | undefined): number {
  if (text == null) return to.writeInt16BE(-1, start)
  const end = start + 2 + to.write(text, start + 2)
  to.writeInt16BE(end - start - 2, start)
  return end
}
