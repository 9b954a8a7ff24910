/** The time, as far as a broker needs it: when calls expire, and the pauses between attempts. */
export interface BrokerClock {
  /** In ms since the epoch, as deadlines are. */
  now(): number
  /** Runs once after `ms`. */
  after(ms: number, run: () => void): void
}

/** The real time. */
export const realClock: BrokerClock = {
  now: () => Date.now(),
  after: (ms, run) => later(ms, run),
}

/** The real time, but every pause between attempts is over at once. */
export const hurriedClock: BrokerClock = {
  now: () => Date.now(),
  after: (_, run) => later(0, run),
}

function later(ms: number, run: () => void): void {
  const timer: unknown = setTimeout(run, ms)
  // No process lives on for it alone: whoever waits for it does so by `idle`.
  ;(timer as { unref?: () => void }).unref?.()
}
