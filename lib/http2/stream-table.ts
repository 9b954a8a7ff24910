const least = 8

/**
 * The open streams by id: open addressing with linear probing, and deletion that moves the others up.
 * Not a Map: one that loses as many entries as it gains leaves old tables behind, which keep dead streams alive until
 * the next full collection. That was half of a busy client's time.
 */
export class StreamTable<T extends { readonly id: number }> {
  size = 0
  private slots: (T | undefined)[] = []

  get(id: number): T | undefined {
    const { slots } = this
    const mask = slots.length - 1
    if (mask < 0) return undefined
    for (let at = (id >>> 1) & mask; ; at = (at + 1) & mask) {
      const stream = slots[at]
      if (stream === undefined || stream.id === id) return stream
    }
  }

  /** Adds a stream whose id is not in the table. */
  add(stream: T): void {
    if (2 * (this.size + 1) > this.slots.length) this.resize(Math.max(least, 2 * this.slots.length))
    this.size++
    this.put(stream)
  }

  delete(id: number): void {
    const { slots } = this
    const mask = slots.length - 1
    let at = (id >>> 1) & mask
    while (slots[at] !== undefined && slots[at]!.id !== id) at = (at + 1) & mask
    if (slots[at] === undefined) return
    this.size--
    for (let next = (at + 1) & mask; slots[next] !== undefined; next = (next + 1) & mask) {
      const home = (slots[next]!.id >>> 1) & mask
      // Whoever would not be found any more with the gap before it moves into the gap.
      if (((next - home) & mask) < ((next - at) & mask)) continue
      slots[at] = slots[next]
      at = next
    }
    slots[at] = undefined
    if (this.size === 0 && slots.length > 1024) this.slots = []
  }

  /** All streams, as they are now: closing one while going through them disturbs nothing. */
  all(): T[] {
    return this.size === 0 ? [] : this.slots.filter((stream) => stream !== undefined)
  }

  private put(stream: T): void {
    const mask = this.slots.length - 1
    let at = (stream.id >>> 1) & mask
    while (this.slots[at] !== undefined) at = (at + 1) & mask
    this.slots[at] = stream
  }

  private resize(length: number): void {
    const streams = this.all()
    this.slots = Array.from({ length })
    for (const stream of streams) this.put(stream)
  }
}
