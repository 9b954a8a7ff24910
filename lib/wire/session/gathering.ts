import { deadlineExceeded } from '../../core/deadline.ts'
import { RpcError } from '../../core/errors.ts'
import type { SessionClock } from './port.ts'

/** So many streams of one connection may gather the one message that their methods take. */
const maxGatherings = 16
/** So long may one take until its end has come, in ms. */
const longestGatheringMs = 30_000

/** Counts those of a connection. */
export interface GatheringCount {
  gatherings: number
}

/**
 * The message of a call that was opened as a stream, for a method that takes one message: whether it is the only one
 * is known at the end of the stream. Until then no handler runs, so that number and time are limited here.
 */
export class Gathering {
  private readonly context: GatheringCount
  private readonly disarm: () => void
  private count = 0
  private message: unknown

  /** `late` hears the error of a stream that does not end in time. Throws RESOURCE_EXHAUSTED where too many wait already. */
  constructor(context: GatheringCount, clock: SessionClock, late: (error: RpcError) => void) {
    if (context.gatherings >= maxGatherings) {
      throw new RpcError(
        'RESOURCE_EXHAUSTED',
        `${maxGatherings} streams to methods that take one message wait for their end on this connection already`,
      )
    }
    this.context = context
    context.gatherings++
    this.disarm = clock.after(longestGatheringMs, () => late(deadlineExceeded()))
  }

  /** Takes what comes; false for what is of no interest any more. */
  push(message: unknown): boolean {
    if (++this.count > 1) return false
    this.message = message
    return true
  }

  /** The message, at the end of the stream. Throws UNIMPLEMENTED where there were several. */
  take(): unknown {
    if (this.count > 1) throw new RpcError('UNIMPLEMENTED', 'more than one message where one is due')
    return this.message ?? {}
  }

  /** To be called once, when the stream has ended or nobody waits for it any more. */
  leave(): void {
    this.context.gatherings--
    this.disarm()
  }
}
