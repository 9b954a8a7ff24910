import type { RpcError } from '../../core/errors.ts'

/** Where a session's envelopes go: a socket, or a pair of queues. What is sent arrives in order, or the port is lost. */
export interface Port {
  /**
   * Sends one envelope; it is taken in any case. False: more waits to leave than should. The session is told by
   * `drained` when what waits is little enough again, and not before.
   */
  send(text: string): boolean
  /** Takes nothing more in, to hold a peer; `resume` goes on. What has been read already may still come. */
  pause(): void
  resume(): void
}

/** The time, passed in so that a simulation can have its own. */
export interface SessionClock {
  /** In ms since the epoch, as deadlines are. */
  now(): number
  /** Runs once after `ms`; what it returns stops it. */
  after(ms: number, run: () => void): () => void
}

/** What holds on both sides of a session. */
export interface SessionSettings {
  /** Whether both sides agreed on `microapi.v1`: cancel, credit, header and ping are understood. A Python peer knows none. */
  readonly negotiated: boolean
  /** The largest message in bytes. */
  readonly maxMessageBytes: number
  /** How deep a message may be nested. */
  readonly maxDepth: number
  readonly clock: SessionClock
}

/** What a port tells its session. */
export interface Session {
  /** An envelope has come, so many bytes long. */
  receive(text: string, bytes: number): void
  /** The port takes more again. */
  drained(): void
  /** Nothing comes or goes any more. */
  lost(reason: RpcError): void
  /** Calls that are under way. */
  readonly size: number
}
