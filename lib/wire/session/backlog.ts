import { longestPauseMs, type Holding } from './holding.ts'
import type { SessionClock } from './port.ts'
import { maxHeldBytes } from './held.ts'

/** So many answers, or bytes of them, may wait behind a full line before its peer is held. */
const mostAnswers = 1_000
const mostBytes = 1_048_576

/**
 * What is sent while the line is full: answers, which wait for nobody's credit. A peer that asks and does not read is
 * held until it has read; one that has not after 15 s, or for whom 128 MiB have gathered meanwhile, is given up.
 */
export class Backlog {
  private readonly holding: Holding
  private readonly clock: SessionClock
  private readonly giveUp: () => void
  private answers = 0
  private bytes = 0
  private isHolding = false
  private isGivenUp = false
  private disarm: (() => void) | undefined = undefined

  constructor(holding: Holding, clock: SessionClock, giveUp: () => void) {
    this.holding = holding
    this.clock = clock
    this.giveUp = giveUp
  }

  /** One more waits. */
  add(bytes: number): void {
    this.answers++
    this.bytes += bytes
    if (this.isHolding) {
      if (this.bytes >= maxHeldBytes) this.tooSlow()
    } else if (this.answers >= mostAnswers || this.bytes >= mostBytes) {
      this.isHolding = true
      this.disarm = this.clock.after(longestPauseMs, () => this.tooSlow())
      this.holding.setAnswersWait(true)
    }
  }

  /** What waited has left, or never will. */
  clear(): void {
    this.answers = this.bytes = 0
    if (!this.isHolding) return
    this.isHolding = this.isGivenUp = false
    this.disarm?.()
    this.disarm = undefined
    this.holding.setAnswersWait(false)
  }

  private tooSlow(): void {
    // The calls that end by it are answers too.
    if (this.isGivenUp) return
    this.isGivenUp = true
    this.disarm?.()
    this.disarm = undefined
    this.giveUp()
  }
}
