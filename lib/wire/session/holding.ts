import { RpcError } from '../../core/errors.ts'
import type { Port, SessionClock } from './port.ts'

/** How long a peer may be held before what it waits for is given up, in ms. */
export const longestPauseMs = 15_000

/** A stream whose reader is behind. */
export interface SlowReader {
  /** Gives its call up. */
  giveUp(reason: RpcError): void
}

/**
 * Holds a peer by taking nothing in: one that knows no credit while a reader is behind, any while it leaves its answers.
 * Not for ever: after 15 s the reader that fell behind first is given up. Answers have a time of their own (Backlog).
 */
export class Holding {
  private readonly port: Port
  private readonly clock: SessionClock
  private readonly behind: SlowReader[] = []
  private answersWait = false
  private isPaused = false
  private disarm: (() => void) | undefined = undefined

  constructor(port: Port, clock: SessionClock) {
    this.port = port
    this.clock = clock
  }

  /** Says that a reader is behind, or no longer. */
  set(reader: SlowReader, isBehind: boolean): void {
    if (isBehind) this.behind.push(reader)
    else {
      const at = this.behind.indexOf(reader)
      if (at >= 0) this.behind.splice(at, 1)
    }
    if (isBehind && this.behind.length === 1) this.arm()
    else if (this.behind.length === 0) this.calm()
    this.update()
  }

  /** Says that too many answers wait for the peer to read them, or no longer. */
  setAnswersWait(answersWait: boolean): void {
    this.answersWait = answersWait
    this.update()
  }

  /** Nobody is held any more. */
  release(): void {
    this.behind.length = 0
    this.answersWait = false
    this.calm()
    this.update()
  }

  private update(): void {
    const mustPause = this.answersWait || this.behind.length > 0
    if (mustPause === this.isPaused) return
    this.isPaused = mustPause
    if (mustPause) this.port.pause()
    else this.port.resume()
  }

  private arm(): void {
    this.disarm = this.clock.after(longestPauseMs, () => {
      this.disarm = undefined
      // What it had is let go, and with it the place in this list.
      this.behind[0]?.giveUp(tooSlow())
      if (this.behind.length > 0) this.arm()
    })
  }

  private calm(): void {
    this.disarm?.()
    this.disarm = undefined
  }
}

function tooSlow(): RpcError {
  return new RpcError(
    'RESOURCE_EXHAUSTED',
    'items are taken too slowly: others on the connection wait for it',
  )
}
