/**
 * How far a sender may be ahead of its reader on one stream: so many items, and so many bytes with the item that goes
 * past them. Part of `microapi.v1`, since both sides count.
 */
export const window = { items: 1_024, bytes: 1_048_576 }

/** What a reader has taken since it last said so. */
export interface Credit {
  readonly items: number
  readonly bytes: number
}

/** Reads the payload of a `credit` envelope; undefined for one that is none. */
export function readCredit(payload: unknown): Credit | undefined {
  const { items, bytes } = Object(payload) as Partial<Credit>
  return isCount(items) && isCount(bytes) && items > 0 ? { items, bytes } : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
