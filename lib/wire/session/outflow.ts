import { iteratorOf } from '../../core/iterate.ts'
import type { Lifetime } from '../../core/lifetime.ts'
import { utf8Length } from '../utf8-length.ts'
import type { Credit } from './window.ts'
import { window } from './window.ts'

/** What all streams of a session leave through. */
export interface Outlet {
  send(text: string): void
  /** False while more waits to leave than should. */
  readonly hasRoom: boolean
  /** Tells the flow once when there is room again. */
  onDrain(flow: Outflow): void
}

/** Items that go out on one stream, no faster than the reader takes them. */
export class Outflow {
  /** Whether the outlet is to tell it of room; the outlet's own mark. */
  isInLine = false
  readonly #outlet: Outlet
  readonly #counts: boolean
  #aheadItems = 0
  #aheadBytes = 0
  #isOver = false
  #wake: (() => void) | undefined = undefined

  /** `counts`: whether the peer gives credit. */
  constructor(outlet: Outlet, counts: boolean) {
    this.#outlet = outlet
    this.#counts = counts
  }

  /**
   * Sends all that comes, as envelopes that `write` makes. Resolves with whether it got to the end; false where the
   * stream was stopped or its call cancelled. Rejects with what the items throw, behind those before.
   */
  async sendAll(
    items: AsyncIterable<unknown> | Iterable<unknown>,
    write: (item: unknown) => string,
    lifetime: Lifetime,
  ): Promise<boolean> {
    const iterator = iteratorOf(items)
    const stop = (): void => this.stop()
    lifetime.onCancel(stop)
    // Of an iterator that has ended or failed by itself nobody takes leave.
    let isLeft = true
    try {
      for (;;) {
        while (this.#mustWait()) await this.#woken()
        if (this.#isOver) return false
        isLeft = false
        const item = await iterator.next()
        if (item.done === true) return !this.#isOver
        isLeft = true
        // Others may have filled the line meanwhile.
        while (this.#mustWait()) await this.#woken()
        if (this.#isOver) return false
        const text = write(item.value)
        this.#aheadItems++
        if (this.#counts) this.#aheadBytes += utf8Length(text)
        this.#outlet.send(text)
      }
    } finally {
      lifetime.offCancel(stop)
      if (isLeft) await iterator.return?.()
    }
  }

  /** Takes the reader's credit; false where it is for more than was sent. */
  credit({ items, bytes }: Credit): boolean {
    if (items > this.#aheadItems || bytes > this.#aheadBytes) return false
    this.#aheadItems -= items
    this.#aheadBytes -= bytes
    this.go()
    return true
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isOver = true
    this.go()
  }

  #mustWait(): boolean {
    if (this.#isOver) return false
    return (
      !this.#outlet.hasRoom ||
      (this.#counts && (this.#aheadItems >= window.items || this.#aheadBytes >= window.bytes))
    )
  }

  #woken(): Promise<void> {
    if (!this.#outlet.hasRoom) this.#outlet.onDrain(this)
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Looks again whether something can be sent. */
  go(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
