import process from 'node:process'

/** A signal that asked the process to end. */
export interface Interruption {
  /** Aborts when it comes. */
  readonly signal: AbortSignal
  /** What the process ends with then: 128 and the signal's number. */
  readonly exitCode: number
}

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** So long may it take to end in order. */
const graceMs = 2_000

/** Listens for Ctrl-C and its like. The second one ends the process at once, as it always does. */
export function onInterrupt(): Interruption {
  const controller = new AbortController()
  let exitCode = 0
  for (const [name, code] of Object.entries(signals)) {
    process.once(name, () => {
      exitCode = code
      controller.abort()
      // A reader that has stopped reading, or a broker that does not say goodbye, holds nobody here.
      setTimeout(() => process.exit(code), graceMs).unref()
    })
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
  }
}
