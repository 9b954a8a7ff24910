import type { Terminal } from './terminal.ts'

/** Says what an end waits for, when it has not come at once. */
export function saySoon({ warn }: Terminal): void {
  setTimeout(warn, 500, 'microapi: calls in flight finish first; the same signal again cuts them off').unref()
}
