import type { SessionClock } from './port.ts'

/** The real time. */
export const systemClock: SessionClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    // No process lives on for it alone; browsers have a number here.
    ;(timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer)
  },
}
