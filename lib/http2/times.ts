/** The times that a connection is judged by; coarse, as `tick` comes every second or so. */
export class Times {
  now: number
  readonly started: number
  /** When something last came. */
  heardAt: number
  /** When there last was a stream. */
  usedAt: number
  drainingSince = Number.POSITIVE_INFINITY
  /** When the keep-alive PING that waits for its answer was sent. */
  pingedAt = Number.POSITIVE_INFINITY
  /** When the peer's last PING came, how many came too early, and what had been sent by then. */
  peerPingedAt = Number.NEGATIVE_INFINITY
  strikes = 0
  sentBefore = 0

  constructor(now: number) {
    this.now = this.started = this.heardAt = this.usedAt = now
  }
}
