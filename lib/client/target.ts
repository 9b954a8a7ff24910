import type { Invoke } from '../core/call.ts'
import type { MetadataInit } from '../core/metadata.ts'
import type { ClientSide } from '../core/method.ts'
import type { Watcher } from './timers.ts'

/** What all calls of one client share. */
export interface Caller {
  /** Client middleware, retries and the channel; rejects when the call is cancelled, however long the way still is. */
  readonly invoke: Invoke
  /** Whether its channel takes many events as one call; connects to know it. Rejects where that fails. */
  takesBatches(): Promise<boolean>
  readonly deadlines: Watcher
  /** For unary calls that say nothing themselves. */
  readonly timeoutMs: number
  readonly metadata: MetadataInit | undefined
  /** Calls that may be repeated, until they have ended. */
  readonly idempotent: WeakSet<object>
}

/** The method that a call goes to, what its client knows of it, and how it gets there. */
export interface Target extends ClientSide {
  readonly service: string
  readonly method: string
  readonly caller: Caller
}

const same = (message: unknown): unknown => message

/** What is known of a method where nothing but a type describes it. */
export const unknownSide = { encode: same, decode: same } as ClientSide
