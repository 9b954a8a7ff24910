import type { RpcError } from '../../../../lib/core/errors.ts'
import type { Lifetime } from '../../../../lib/core/lifetime.ts'
import type { Plan } from './plan.ts'

/** What has become of a call, on both sides. */
export interface Record {
  readonly plan: Plan
  /** Items that the client gave, and took. */
  sent: number
  got: number
  /** How often the call has ended for the client, and with what. */
  ends: number
  error: RpcError | undefined
  /** What the client did to it. */
  cancelled: boolean
  left: boolean
  sendFailed: boolean
  late: boolean
  /** The client's messages have been asked for, and neither ended nor been left. */
  isSending: boolean
  /** How often a handler was run, the items that it took and gave. */
  runs: number
  read: number
  given: number
  aborted: boolean
  /** Whether the handler has thrown its own error. */
  threw: boolean
  lifetimes: Lifetime[]
  /** What does not hold. */
  fault: string | undefined
}

/** Nothing has happened yet. */
export function newRecord(plan: Plan): Record {
  return {
    plan,
    sent: 0,
    got: 0,
    ends: 0,
    error: undefined,
    cancelled: false,
    left: false,
    sendFailed: false,
    late: false,
    isSending: false,
    aborted: false,
    runs: 0,
    read: 0,
    given: 0,
    threw: false,
    lifetimes: [],
    fault: undefined,
  }
}
