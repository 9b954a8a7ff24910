import type { Call } from '../core/call.ts'
import { exchangeOf } from '../core/create-call.ts'

/** The calls that a server runs. */
export interface RunningCalls {
  add(call: Call): void
  delete(call: Call): void
  readonly size: number
  /** All of them, as they are now. */
  list(): readonly Call[]
}

/**
 * Keeps them in an array, each knowing its place. A set into which calls come and from which they go leaves its old
 * tables behind, and these keep calls alive that have long ended, until the next full collection.
 */
export function createRunningCalls(): RunningCalls {
  const calls: Call[] = []
  return {
    add(call) {
      exchangeOf(call).place = calls.push(call) - 1
    },
    delete(call) {
      const { place } = exchangeOf(call)
      const last = calls.pop()!
      if (last === call) return
      calls[place] = last
      exchangeOf(last).place = place
    },
    get size() {
      return calls.length
    },
    list: () => [...calls],
  }
}
