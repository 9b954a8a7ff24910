import type { Lifetime } from '../../core/lifetime.ts'

/** Calls that wait until a server may be tried again. */
export interface Pauses {
  /** Runs `go` after `ms`, at once when the call is cancelled or the channel closed. */
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
      const timer = setTimeout(wake, ms)
      waiting.add(wake)
      lifetime.onCancel(wake)
    },
    end() {
      for (const wake of waiting) wake()
    },
  }
}
