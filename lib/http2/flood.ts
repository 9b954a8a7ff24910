import { connectionError } from './error.ts'
import type { FloodLimits } from './options.ts'

/** What a peer can send for nothing. */
export type FloodKind = keyof FloodLimits

const span = 10_000

/** Counts frames that cost the peer nothing, and ends the connection when there are too many (RFC 9113 §10.5). */
export class FloodGuard {
  resets = 0
  pings = 0
  settings = 0
  empties = 0
  priorities = 0
  windowUpdates = 0
  /** Streams that ended in good order: an honest client that cancels often has those too. */
  finished = 0
  /** Streams that this side gave up. */
  cancelled = 0
  dataReceived = 0
  dataSent = 0
  octetsSent = 0
  private since: number
  private readonly limits: FloodLimits
  private readonly now: () => number

  constructor(limits: FloodLimits, now: () => number) {
    this.limits = limits
    this.now = now
    this.since = now()
  }

  /** Counts one; throws ENHANCE_YOUR_CALM. The clock is read only where a count is over its limit. */
  count(kind: FloodKind): void {
    if (++this[kind] > this.limits[kind]) this.over(kind)
  }

  private over(kind: FloodKind): void {
    const now = this.now()
    if (now - this.since >= span) {
      this.since = now
      this.resets = this.pings = this.settings = this.empties = this.priorities = this.windowUpdates = 0
      this.finished = this.cancelled = this.dataReceived = this.dataSent = this.octetsSent = 0
      this[kind] = 1
      return
    }
    if (this[kind] <= this.limits[kind] + this.earned(kind)) return
    throw connectionError(
      'ENHANCE_YOUR_CALM',
      `too many ${kind} in 10 s (floods.${kind}: ${this.limits[kind]})`,
    )
  }

  private earned(kind: FloodKind): number {
    if (kind === 'resets') return this.finished
    if (kind === 'pings') return this.dataReceived
    // Answers to what was cancelled are still on their way.
    if (kind === 'empties') return 4 * this.cancelled
    return kind === 'windowUpdates' ? Math.floor(this.octetsSent / 64) : 0
  }
}
