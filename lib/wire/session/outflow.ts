import { RpcError } from '../../core/errors.ts'
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
  private readonly outlet: Outlet
  private readonly counts: boolean
  private aheadItems = 0
  private aheadBytes = 0
  private isOver = false
  private wake: (() => void) | undefined = undefined

  /** `counts`: whether the peer gives credit. */
  constructor(outlet: Outlet, counts: boolean) {
    this.outlet = outlet
    this.counts = counts
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
    try {
      for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) {
        if (this.isOver) return false
        const text = write(item.value)
        this.outlet.send(text)
        this.aheadItems++
        if (this.counts) this.aheadBytes += utf8Length(text)
        while (this.mustWait()) await this.woken()
        if (this.isOver) return false
      }
      return !this.isOver
    } finally {
      lifetime.offCancel(stop)
      await iterator.return?.()
    }
  }

  /** Takes the reader's credit; the error of a reader that gives more than it was sent. */
  credit({ items, bytes }: Credit): RpcError | undefined {
    if (items > this.aheadItems || bytes > this.aheadBytes)
      return new RpcError('INVALID_ARGUMENT', 'credit for more than was sent', { reason: 'CREDIT' })
    this.aheadItems -= items
    this.aheadBytes -= bytes
    this.go()
    return undefined
  }

  /** Sends nothing more. */
  stop(): void {
    this.isOver = true
    this.go()
  }

  private mustWait(): boolean {
    if (this.isOver) return false
    return (
      !this.outlet.hasRoom ||
      (this.counts && (this.aheadItems >= window.items || this.aheadBytes >= window.bytes))
    )
  }

  private woken(): Promise<void> {
    if (!this.outlet.hasRoom) this.outlet.onDrain(this)
    return new Promise((resolve) => (this.wake = resolve))
  }

  /** Looks again whether something can be sent. */
  go(): void {
    const { wake } = this
    this.wake = undefined
    wake?.()
  }
}
