import type { Metadata } from './metadata.ts'

/** What tells an item of a stream from those before and behind it: its number, its id, its time. */
export type Cursor = string | number

/** The metadata that a client which goes on with a stream sends. */
const key = 'resume-after'

/** Says behind which item a stream is to go on. */
export function writeCursor(metadata: Metadata, cursor: Cursor): void {
  // JSON tells numbers from strings; what is no ASCII may not stand in metadata.
  const text = JSON.stringify(cursor).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  metadata.set(key, text)
}

/** Behind which item a stream is to go on; undefined where it begins, or where a stranger's text is no cursor. */
export function readCursor(metadata: Metadata): Cursor | undefined {
  const text = metadata.get(key)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' || typeof value === 'number' ? value : undefined
  } catch {
    return undefined
  }
}
