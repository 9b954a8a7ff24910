import type { Port, SessionClock } from './port.ts'

/** How long a peer that knows no credit may be held before the slowest reader's call is given up, in ms. */
const longestPauseMs = 15_000

/** A stream whose reader is behind. */
export interface SlowReader {
  /** Gives the call up: the others on the connection wait for it. */
  tooSlow(): void
}

/** Holds a peer that knows no credit while a reader is behind, by taking nothing in; and not for ever. */
export class Holding {
  private readonly port: Port
  private readonly clock: SessionClock
  private readonly behind: SlowReader[] = []
  private disarm: (() => void) | undefined = undefined

  constructor(port: Port, clock: SessionClock) {
    this.port = port
    this.clock = clock
  }

  /** Says that a reader is behind, or no longer. */
  set(reader: SlowReader, isBehind: boolean): void {
    if (isBehind) this.behind.push(reader)
    else this.behind.splice(this.behind.indexOf(reader), 1)
    if (isBehind && this.behind.length === 1) {
      this.port.pause()
      this.arm()
    } else if (!isBehind && this.behind.length === 0) this.release()
  }

  /** Nobody is held any more. */
  release(): void {
    this.behind.length = 0
    this.disarm?.()
    this.disarm = undefined
    this.port.resume()
  }

  private arm(): void {
    this.disarm = this.clock.after(longestPauseMs, () => {
      // The first that fell behind is the slowest; what it had is let go, and with it the place in this list.
      this.behind[0]?.tooSlow()
      if (this.behind.length > 0) this.arm()
    })
  }
}
