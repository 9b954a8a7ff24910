import type { SessionClock } from '../../../../lib/wire/session/port.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that passes only when it is told to. */
export class VirtualClock implements SessionClock {
  private time = 1_700_000_000_000
  private readonly timers = new Set<Timer>()

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve))
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.timers.size
  }

  /** Lets time pass; what falls due on the way runs in its order. */
  pass(ms: number): void {
    const end = this.time + ms
    for (let next = this.next(); next && next.at <= end; next = this.next()) this.fire(next)
    this.time = end
  }

  /** Goes to the next timer; false where none is armed. */
  leap(): boolean {
    const next = this.next()
    if (next) this.fire(next)
    return next !== undefined
  }

  private fire(timer: Timer): void {
    this.timers.delete(timer)
    this.time = Math.max(this.time, timer.at)
    timer.run()
  }

  private next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.timers) if (!first || timer.at < first.at) first = timer
    return first
  }
}
