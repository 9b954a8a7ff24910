import type { Call } from '../../../core/call.ts'
import type { Settle } from '../client-reply.ts'
import type { Target } from '../targets.ts'

/** How a channel's calls leave: over its one address, or over one of several. */
export interface Sender {
  /** What fails goes to `settle`. */
  send(call: Call, target: Target, settle: Settle): void
  /** Ends the connections, and calls in flight with CANCELLED. */
  close(): Promise<void>
}
