import type { Cursor } from './cursor.ts'
import type { ErrorFactories } from './errors.ts'
import type { Metadata } from './metadata.ts'

/** Who called, as far as the transport knows. */
export interface Peer {
  /** The transport's scheme: `http`, `grpc`, `memory` … */
  readonly transport: string
  /** The other side's address, if there is one. */
  readonly address?: string | undefined
}

/** What every handler, middleware and dependency sees of its call. */
export interface BaseContext<Errors = {}> {
  readonly service: string
  readonly method: string
  /** What the caller sent beside the messages. */
  readonly metadata: Metadata
  /** Goes out before the first message. */
  readonly header: Metadata
  /** Goes out after the last message. */
  readonly trailer: Metadata
  /** Aborts when the call is cancelled, by whichever side, or its deadline passes. */
  readonly signal: AbortSignal
  /** When the call must have ended, in ms since the epoch. */
  readonly deadline: number | undefined
  /** The cursor of the last item that the caller got before its connection was lost: go on behind it. */
  readonly resumeAfter: Cursor | undefined
  /** The call's id: the caller's `x-request-id`, else what the transport calls it by, else 32 hex digits. An event's is its own. */
  readonly id: string
  readonly peer: Peer
  /** Makes the errors that the method declares. */
  readonly errors: ErrorFactories<Errors>
}

/** The second argument of handlers: the call's facts, and what middleware and dependencies add. */
export type Context<Adds extends object = {}, Errors = {}> = BaseContext<Errors> & Adds

/** Forbids additions that would hide one of the call's own facts. */
export type NoContextKeys = { readonly [K in keyof BaseContext]?: never }
