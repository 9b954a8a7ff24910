import { firstWindow } from '../../../lib/http2/protocol.ts'

/**
 * Flow control of one direction as seen on the wire, between a sender that knows nothing of padding and a receiver that
 * counts it. What padding has cost is owed to the receiver, and kept back from the WINDOW_UPDATEs for the sender.
 */
export class HopWindows {
  /** What the receiver still takes on the connection. */
  connection = firstWindow
  connectionDebt = 0
  /** INITIAL_WINDOW_SIZEs of the receiver that the sender has not acknowledged yet; undefined where SETTINGS name none. */
  readonly announced: (number | undefined)[] = []
  private initial = firstWindow
  private readonly streams = new Map<number, { window: number; debt: number }>()
  private readonly unlimited = new Set<number>()

  /** Octets of a frame that may pass now; negative windows give 0. */
  room(id: number): number {
    const own = this.unlimited.has(id) ? Number.POSITIVE_INFINITY : this.stream(id).window
    return Math.max(0, Math.min(own, this.connection))
  }

  /** A DATA frame passes, of which the sender knows only `known` octets. */
  pass(id: number, length: number, known: number): void {
    const stream = this.stream(id)
    stream.window -= length
    stream.debt += length - known
    this.connection -= length
    this.connectionDebt += length - known
  }

  /** The receiver gives more; returns what the sender may hear of it. */
  update(id: number, more: number): number {
    if (id === 0) {
      const kept = Math.min(more, this.connectionDebt)
      this.connection += more
      this.connectionDebt -= kept
      return more - kept
    }
    const stream = this.stream(id)
    const kept = Math.min(more, stream.debt)
    stream.window += more
    stream.debt -= kept
    return more - kept
  }

  /** The sender's acknowledgement passes: what follows goes by the receiver's newer SETTINGS. */
  acknowledge(): void {
    const window = this.announced.shift()
    if (window === undefined) return
    for (const stream of this.streams.values()) stream.window += window - this.initial
    this.initial = window
  }

  /** The receiver has reset the stream, and gives nothing more for it. */
  lift(id: number): void {
    this.unlimited.add(id)
  }

  /** Octets of padding that a stream's sender has not paid for. */
  debtOf(id: number): number {
    return this.streams.get(id)?.debt ?? 0
  }

  private stream(id: number): { window: number; debt: number } {
    let stream = this.streams.get(id)
    if (!stream) this.streams.set(id, (stream = { window: this.initial, debt: 0 }))
    return stream
  }
}
