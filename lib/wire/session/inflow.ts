import { RpcError } from '../../core/errors.ts'
import { createStream, type BoundedStream } from '../../core/stream.ts'
import { heldTooMuch, type Held } from './held.ts'
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
  private readonly brake: Brake
  /** Sizes of the items that wait, the first at `head`. */
  private sizes: number[] = []
  private head = 0
  /** Came, and no credit was given for it yet. */
  private owedItems = 0
  private owedBytes = 0
  /** Taken by the reader, and no credit was given for it yet. */
  private takenItems = 0
  private takenBytes = 0
  private isFull = false
  /** No more comes: credit would be for nothing. */
  private isOver = false
  private held: Held | undefined

  constructor(brake: Brake) {
    this.brake = brake
    this.held = brake.held
    this.items = createStream<unknown>({
      // Bounded by the window, which counts bytes as well.
      capacity: Number.POSITIVE_INFINITY,
      onTake: () => this.took(),
      onClose: () => this.left(),
    })
  }

  /** Puts an item in; the error of a sender that went past its window, or of more than may be held in all. */
  push(item: unknown, bytes: number): RpcError | undefined {
    if (this.brake.give && (this.owedItems >= window.items || this.owedBytes >= window.bytes)) {
      return new RpcError('RESOURCE_EXHAUSTED', 'the stream goes past its credit', { reason: 'CREDIT' })
    }
    const { closed } = this.items
    if (!closed && this.held?.add(bytes) === false) return heldTooMuch()
    this.owedItems++
    this.owedBytes += bytes
    // Who has left takes everything, unread: the sender learns by a cancellation.
    if (closed) {
      this.takenItems++
      this.takenBytes += bytes
      this.settle()
      return undefined
    }
    this.sizes.push(bytes)
    this.items.push(item)
    if (this.holdsEnough()) this.setFull(true)
    return undefined
  }

  private holdsEnough(): boolean {
    return (
      this.owedItems - this.takenItems >= window.items || this.owedBytes - this.takenBytes >= window.bytes
    )
  }

  end(): void {
    this.isOver = true
    this.items.end()
    this.setFull(false)
  }

  fail(error: unknown): void {
    this.isOver = true
    this.items.fail(error)
    this.setFull(false)
  }

  /** Nobody takes any more: what waits is counted no longer. */
  drop(): void {
    this.held?.remove(this.owedBytes - this.takenBytes)
    this.held = undefined
  }

  private took(): void {
    const bytes = this.sizes[this.head++]!
    this.held?.remove(bytes)
    this.takenItems++
    this.takenBytes += bytes
    if (this.head === this.sizes.length || this.head > window.items) {
      this.sizes = this.sizes.slice(this.head)
      this.head = 0
    }
    this.settle()
  }

  private left(): void {
    this.held?.remove(this.owedBytes - this.takenBytes)
    this.takenItems = this.owedItems
    this.takenBytes = this.owedBytes
    this.sizes = []
    this.head = 0
    this.settle()
  }

  private settle(): void {
    if (this.takenItems * 2 < window.items && this.takenBytes * 2 < window.bytes) return
    if (!this.isOver) this.brake.give?.(this.takenItems, this.takenBytes)
    this.owedItems -= this.takenItems
    this.owedBytes -= this.takenBytes
    this.takenItems = this.takenBytes = 0
    if (!this.holdsEnough()) this.setFull(false)
  }

  private setFull(full: boolean): void {
    if (full === this.isFull) return
    this.isFull = full
    this.brake.full?.(full)
  }
}
