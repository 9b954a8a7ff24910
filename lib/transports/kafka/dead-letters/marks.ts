/**
 * Which messages of a partition were sent back: nothing can be taken out of a topic. A group commits for each partition the first offset
 * that was not, and beside it, as the commit's metadata, which ones behind it were.
 */
export interface Marks {
  /** The first offset that was not sent back. */
  readonly from: number
  /** Those behind it that were, from the first to the one behind the last, in order; none touches another. */
  readonly ranges: readonly (readonly [start: number, end: number])[]
}

/** Nothing was sent back. */
export const unmarked: Marks = { from: 0, ranges: [] }

/** What a broker keeps beside an offset, in bytes, unless it is told otherwise (offset.metadata.max.bytes). */
const maxLength = 4_096

/** Whether a message was sent back. */
export function isMarked({ from, ranges }: Marks, offset: number): boolean {
  return offset < from || ranges.some(([start, end]) => offset >= start && offset < end)
}

/** Marks more of them. */
export function mark({ from, ranges }: Marks, offsets: readonly number[]): Marks {
  const added = offsets.map((offset) => [offset, offset + 1] as const)
  const all = [...ranges, ...added].toSorted((a, b) => a[0] - b[0])
  let first = from
  const joined: [number, number][] = []
  for (const [start, end] of all) {
    const last = joined.at(-1)
    if (start <= first) first = Math.max(first, end)
    else if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else joined.push([start, end])
  }
  return { from: first, ranges: joined }
}

/** Marks as they are in a partition that has these offsets now: the brokers delete by age, and a topic that was made anew begins at 0. */
export function clampMarks({ from, ranges }: Marks, low: number, high: number): Marks {
  return mark(from > high ? { from: low, ranges: [] } : { from: Math.max(from, low), ranges }, [])
}

/** How many between two offsets were not sent back. */
export function countUnmarked({ from, ranges }: Marks, low: number, high: number): number {
  const within = (start: number, end: number): number =>
    Math.max(0, Math.min(end, high) - Math.max(start, low))
  return ranges.reduce((count, [start, end]) => count - within(start, end), within(from, high))
}

const prefix = 'replayed '

/** Writes the ranges, each as its distance from the one before and its length, in base 36; undefined where they are too many to be kept. */
export function formatRanges({ from, ranges }: Marks): string | undefined {
  if (ranges.length === 0) return ''
  let before = from
  const parts = ranges.map(([start, end]) => {
    const gap = (start - before).toString(36)
    before = end
    return end - start === 1 ? gap : `${gap}.${(end - start).toString(36)}`
  })
  const text = `${prefix}${parts.join(',')}`
  return text.length <= maxLength ? text : undefined
}

/** Reads what a group has committed; what somebody else wrote beside it is no range. */
export function readMarks(offset: number, metadata: string | null): Marks {
  // -1: nothing was committed.
  const from = Math.max(0, offset)
  const text = metadata?.startsWith(prefix) ? metadata.slice(prefix.length) : ''
  const ranges: [number, number][] = []
  let before = from
  for (const part of text === '' ? [] : text.split(',')) {
    const [gap = NaN, length = 1] = part.split('.').map((digits) => parseInt(digits, 36))
    if (!(gap > 0 && length > 0)) break
    ranges.push([before + gap, before + gap + length])
    before += gap + length
  }
  return { from, ranges }
}
