import { staticSize } from './static-table.ts'

/** What an entry costs besides its name and value. @see RFC 7541 §4.1 */
export const entryOverhead = 32

// Nothing is allocated for a table before its first entry; every table shares this until then.
const none: string[] = []
const firstRing = 32

/**
 * The dynamic table: first in, first out, limited by its entries' size in octets. Entries have numbers, counted from the
 * first one ever inserted; indices, which count from the newest, are made from them.
 * @see RFC 7541 §2.3.2, §4
 */
export class DynamicTable {
  /** The most octets it may hold. */
  limit: number
  /** The octets that it holds, by the accounting of §4.1. */
  size = 0
  /** Counts every change: an insertion (also of what does not fit), an eviction, a resize. */
  generation = 0
  /** How many entries were ever inserted: the number of the next one. */
  protected inserted = 0
  /** How many entries were evicted: the number of the oldest one that is left. */
  protected evicted = 0
  // Names and values by turns, in a ring whose length is a power of two.
  private ring: string[] = none

  constructor(limit: number) {
    this.limit = limit
  }

  /** How many entries it holds. */
  get count(): number {
    return this.inserted - this.evicted
  }

  /** The name at an index that counts both tables (62 is the newest); the caller has checked that it is in use. */
  nameAt(index: number): string {
    return this.ring[this.place(this.numberAt(index))]!
  }

  /** The value at an index, as with nameAt(). */
  valueAt(index: number): string {
    return this.ring[this.place(this.numberAt(index)) + 1]!
  }

  /** The index that an entry has now. */
  indexOf(number: number): number {
    return staticSize + this.inserted - number
  }

  /** Adds an entry; what is too large for the table empties it (§4.4). */
  insert(name: string, value: string): void {
    this.generation++
    const size = name.length + value.length + entryOverhead
    this.evictUntil(this.limit - size)
    if (size > this.limit) return
    if (this.count * 2 === this.ring.length) this.grow()
    const place = this.place(this.inserted++)
    this.ring[place] = name
    this.ring[place + 1] = value
    this.size += size
  }

  /** Changes the limit; evicts what is over it (§4.3). */
  resize(limit: number): void {
    this.generation++
    this.limit = limit
    this.evictUntil(limit)
  }

  /** Called with every entry that is evicted, for whoever keeps an index. */
  protected forget?(name: string, value: string, number: number): void

  private evictUntil(size: number): void {
    while (this.size > size && this.evicted < this.inserted) {
      const place = this.place(this.evicted)
      const name = this.ring[place]!
      const value = this.ring[place + 1]!
      this.size -= name.length + value.length + entryOverhead
      this.ring[place] = this.ring[place + 1] = ''
      this.forget?.(name, value, this.evicted)
      this.evicted++
      this.generation++
    }
  }

  private numberAt(index: number): number {
    return this.inserted + staticSize - index
  }

  private place(number: number): number {
    return (number * 2) & (this.ring.length - 1)
  }

  private grow(): void {
    const old = this.ring
    const length = old.length * 2 || firstRing
    this.ring = []
    while (this.ring.length < length) this.ring.push('')
    for (let number = this.evicted; number < this.inserted; number++) {
      const from = (number * 2) & (old.length - 1)
      const place = this.place(number)
      this.ring[place] = old[from]!
      this.ring[place + 1] = old[from + 1]!
    }
  }
}
