/** What of a partition has been taken, and how far all of it is finished. Offsets only grow, and may have gaps. */
export interface Prefix {
  /** Where reading goes on: all below has been taken, or holds nothing. */
  readonly next: number
  /** What may be committed: all below is finished. Never falls. */
  readonly committable: number
  /** How many are taken and not finished. */
  readonly open: number
  /** Takes the record at this offset; false where it was taken before. */
  took(offset: number): boolean
  /** The record at this offset is finished. Does nothing the second time. */
  done(offset: number): void
  /** Nothing is to be had below `next`: what was there is no record (the marks of transactions, what was compacted). */
  passed(next: number): void
}

/** Follows a partition from this offset on. */
export function createPrefix(start: number): Prefix {
  /** The oldest first. */
  const open = new Set<number>()
  let next = start
  return {
    get next() {
      return next
    },
    get committable() {
      return open.size === 0 ? next : open.values().next().value!
    },
    get open() {
      return open.size
    },
    took(offset) {
      if (offset < next) return false
      open.add(offset)
      next = offset + 1
      return true
    },
    done: (offset) => void open.delete(offset),
    passed(to) {
      if (to > next) next = to
    },
  }
}
