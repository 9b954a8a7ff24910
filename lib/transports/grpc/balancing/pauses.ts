import type { Lifetime } from '../../../core/lifetime.ts'

/** Calls that wait until a server may be tried again. */
export interface Pauses {
  /** Runs `go` when `ms` have passed, and no sooner; at once when the call is cancelled or the channel closed. */
  wait(lifetime: Lifetime, ms: number, go: () => void): void
  /** Lets all go on. */
  end(): void
}

/** Makes the pauses of a channel. */
export function createPauses(): Pauses {
  const waiting = new Set<() => void>()
  return {
    wait(lifetime, ms, go) {
      const wake = (): void => {
        clearTimeout(timer)
        lifetime.offCancel(wake)
        if (waiting.delete(wake)) go()
      }
      // A timer counts whole ms from when its turn of the loop began, and so may ring a moment early.
      const timer = setTimeout(wake, Math.ceil(ms) + 1)
      waiting.add(wake)
      lifetime.onCancel(wake)
    },
    end() {
      for (const wake of waiting) wake()
    },
  }
}
