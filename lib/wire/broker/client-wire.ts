import type { Call } from '../../core/call.ts'
import type { RpcError } from '../../core/errors.ts'

/** A client's way to its broker and back, for as long as it lasts. */
export interface ClientWire {
  /** Sends what is to be answered. What cannot be delivered is told to the listener. */
  request(request: OutgoingRequest): void
  /** Sends the events of a call, in their order; `done` hears of each of them once. */
  events(call: Call, events: readonly OutgoingEvent[], done: EventDone): void
  /** Sends a message of a session to a server's address; `confirmed` runs when the broker has it. */
  session(message: OutgoingMessage, confirmed: () => void): void
  /** Tells a server that a session has ended. */
  endSession(queue: string, session: string): void
  /** Tells all servers that nobody waits for an answer any more; they may hear it or not. */
  cancel(id: string): void
  /** Whether the broker takes nothing for now. */
  readonly blocked: boolean
  /** Resolves when it does again, or the connection is lost. */
  unblocked(): Promise<void>
  close(): Promise<void>
}

/** A request on its way: one envelope. */
export interface OutgoingRequest {
  readonly call: Call
  readonly id: string
  readonly body: string
  /** When it must have been answered, in ms since the epoch. */
  readonly deadline: number | undefined
  /** How long it may wait for a server, in ms. */
  readonly expiresInMs: number | undefined
  /** It asks who would take a stream. */
  readonly isOpening: boolean
}

/** An event on its way: one envelope. */
export interface OutgoingEvent {
  /** As JSON has it: the call may be one of many. */
  readonly input: unknown
  readonly id: string
  readonly body: string
}

/** Hears what has become of an event, by its place among those of its call: no error when the broker has it. */
export type EventDone = (error: RpcError | undefined, place: number) => void

/** A message of a session on its way: envelopes, one a line. */
export interface OutgoingMessage {
  /** The server's address. */
  readonly queue: string
  readonly session: string
  readonly number: number
  readonly body: string
  /** On the first: where the answers go, as the server said it. */
  readonly replyTo: string | undefined
}

/** What a wire tells. */
export interface WireListener {
  /** An answer has come: envelopes, one a line. */
  answer(body: string, bytes: number): void
  /** The request of this id was not delivered. */
  undelivered(id: string, reason: RpcError): void
  sessionMessage(session: string, number: number, body: string, bytes: number): void
  /** The server has ended the session, or is gone. */
  sessionEnded(session: string): void
  /** Once, and nothing behind it. */
  lost(reason: RpcError): void
}
