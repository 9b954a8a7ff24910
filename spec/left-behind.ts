/**
 * Runs around each file of those that share processes (vitest.config.ts): what one leaves behind in the process, the next
 * would find. Modules are loaded once for all of them, so that a hook at the top of a support file is the first one's alone.
 */
import { afterAll, expect, vi } from 'vitest'

const before = state()

// Hooks of the file itself run first: the last that is added is the first to run.
afterAll(() => {
  // oxlint-disable-next-line vitest/no-standalone-expect -- it is asked of every file
  expect(state(), 'what this file leaves behind in its process').toEqual(before)
})

/** What a spec may change of its process; what stands in for a function or a global for a while, vitest itself takes back. */
function state(): object {
  return {
    env: { ...process.env },
    folder: process.cwd(),
    fakeTimers: vi.isFakeTimers(),
    stackTraceLimit: Error.stackTraceLimit,
    onSigint: process.listenerCount('SIGINT'),
    onSigterm: process.listenerCount('SIGTERM'),
    onUnhandledRejection: process.listenerCount('unhandledRejection'),
  }
}
