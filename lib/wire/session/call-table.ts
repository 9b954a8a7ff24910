/** What stands in a table of calls. */
export interface TableEntry {
  readonly id: string
  /** The next in the same place of the table: the table's own. */
  next: TableEntry | undefined
}

/** The calls of a session by their ids: what is used of a `Map`. */
export type CallsById<E extends TableEntry> = Pick<Map<string, E>, 'size' | 'get' | 'delete'> & {
  /** Puts an entry in whose id is not there yet. */
  set(id: string, entry: E): void
  values(): Iterable<E>
}

const smallest = 16

/**
 * In place of a `Map` where calls are many. One through which calls come and go leaves its old tables behind, and these
 * keep calls alive that have long ended, until the next full collection; here nothing refers to a call that was deleted.
 */
export class CallTable<E extends TableEntry> implements CallsById<E> {
  size = 0
  private places: (E | undefined)[] = []
  // Peers choose their ids: they must not know which of them fall into one place.
  private readonly seed = (Math.random() * 0x7fff_ffff) | 1

  get(id: string): E | undefined {
    if (this.size === 0) return undefined
    let entry = this.places[this.placeOf(id)]
    while (entry !== undefined && entry.id !== id) entry = entry.next as E | undefined
    return entry
  }

  set(_: string, entry: E): void {
    if (this.size >= this.places.length) this.grow()
    this.size++
    this.put(entry)
  }

  delete(id: string): boolean {
    if (this.size === 0) return false
    const place = this.placeOf(id)
    let before: E | undefined
    let one = this.places[place]
    while (one !== undefined && one.id !== id) {
      before = one
      one = one.next as E | undefined
    }
    if (one === undefined) return false
    this.size--
    if (before === undefined) this.places[place] = one.next as E | undefined
    else before.next = one.next
    one.next = undefined
    return true
  }

  /** All, as they are now. */
  values(): readonly E[] {
    const all: E[] = []
    for (let entry of this.places)
      for (; entry !== undefined; entry = entry.next as E | undefined) all.push(entry)
    return all
  }

  private put(entry: E): void {
    const place = this.placeOf(entry.id)
    entry.next = this.places[place]
    this.places[place] = entry
  }

  private grow(): void {
    const all = this.values()
    this.places = Array.from({ length: Math.max(smallest, 2 * this.places.length) }, () => undefined)
    for (const entry of all) this.put(entry)
  }

  private placeOf(id: string): number {
    let value = this.seed
    for (let i = 0; i < id.length; i++) value = (Math.imul(value, this.seed) + id.charCodeAt(i)) | 0
    return (value ^ (value >>> 15)) & (this.places.length - 1)
  }
}
