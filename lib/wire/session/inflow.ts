import { RpcError } from '../../core/errors.ts'
import { createStream, type BoundedStream } from '../../core/stream.ts'
import type { Held } from './held.ts'
import { window } from './window.ts'

/** How a reader's progress gets to the sender. */
export interface Brake {
  /** The reader has taken so much: the sender may send as much again. Missing where the peer knows no credit. */
  readonly give?: ((items: number, bytes: number) => void) | undefined
  /** More waits than may be held (true), or no longer: for peers that know no credit. */
  readonly full?: ((full: boolean) => void) | undefined
  /** Where what waits is counted together with that of others. */
  readonly held?: Held | undefined
}

/** Items that come in on one stream, bounded. A class: one is made for every stream, with state for every item. */
export class Inflow {
  readonly items: BoundedStream<unknown>
  readonly #brake: Brake
  /** Sizes of the items that wait, the first at `head`. */
  #sizes: number[] = []
  #head = 0
  #waitingItems = 0
  #waitingBytes = 0
  /** Taken by the reader, and no credit was given for it yet. */
  #takenItems = 0
  #takenBytes = 0
  #isFull = false
  /** No more comes: credit would be for nothing. */
  #isOver = false
  #held: Held | undefined

  constructor(brake: Brake) {
    this.#brake = brake
    this.#held = brake.held
    this.items = createStream<unknown>({
      // Bounded by the window, which counts bytes as well.
      capacity: Number.POSITIVE_INFINITY,
      onTake: () => this.#took(),
      onClose: () => this.#leaves(this.#waitingItems, this.#waitingBytes),
    })
  }

  /** Puts an item in; the error of a sender that went past its window, or of more than may be held in all. */
  push(item: unknown, bytes: number): RpcError | undefined {
    const owedItems = this.#waitingItems + this.#takenItems
    const owedBytes = this.#waitingBytes + this.#takenBytes
    if (this.#brake.give && (owedItems >= window.items || owedBytes >= window.bytes)) {
      return new RpcError('RESOURCE_EXHAUSTED', 'the stream goes past its credit', { reason: 'CREDIT' })
    }
    // Who has left takes everything, unread: the sender learns by a cancellation.
    if (this.items.closed) {
      this.#take(1, bytes)
      return undefined
    }
    if (this.#held?.add(bytes) === false) return this.#held.refusal()
    this.#waitingItems++
    this.#waitingBytes += bytes
    this.#sizes.push(bytes)
    this.items.push(item)
    if (this.#holdsEnough()) this.#setFull(true)
    return undefined
  }

  #holdsEnough(): boolean {
    return this.#waitingItems >= window.items || this.#waitingBytes >= window.bytes
  }

  end(): void {
    this.#isOver = true
    this.items.end()
    this.#setFull(false)
  }

  fail(error: unknown): void {
    this.#isOver = true
    this.items.fail(error)
    this.#setFull(false)
  }

  /** Nobody takes any more: what waits is counted no longer. */
  drop(): void {
    this.#held?.remove(this.#waitingBytes)
    this.#held = undefined
  }

  #took(): void {
    const bytes = this.#sizes[this.#head++]!
    if (this.#head === this.#sizes.length || this.#head > window.items) {
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
    this.#leaves(1, bytes)
  }

  #leaves(items: number, bytes: number): void {
    this.#held?.remove(bytes)
    this.#waitingItems -= items
    this.#waitingBytes -= bytes
    this.#take(items, bytes)
  }

  #take(items: number, bytes: number): void {
    this.#takenItems += items
    this.#takenBytes += bytes
    if (this.#takenItems * 2 < window.items && this.#takenBytes * 2 < window.bytes) return
    if (!this.#isOver) this.#brake.give?.(this.#takenItems, this.#takenBytes)
    this.#takenItems = this.#takenBytes = 0
    if (!this.#holdsEnough()) this.#setFull(false)
  }

  #setFull(full: boolean): void {
    if (full === this.#isFull) return
    this.#isFull = full
    this.#brake.full?.(full)
  }
}
