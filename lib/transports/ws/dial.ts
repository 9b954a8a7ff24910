import type { RpcError } from '../../core/errors.ts'
import type { CallsById } from '../../wire/session/call-table.ts'
import type { ClientExchange } from '../../wire/session/client-exchange.ts'
import type { Holding } from '../../wire/session/holding.ts'
import type { Lifetime } from '../../core/lifetime.ts'

/** An open WebSocket, Node's or a browser's. */
export interface Wire {
  /** Whether the server agreed on `microapi.v1`. */
  readonly negotiated: boolean
  /** Sends a text; false while more waits to leave than should. */
  send(text: string): boolean
  /** Takes nothing in until `resume`; browsers cannot. */
  pause(): void
  resume(): void
  /** Pauses it while a reader is behind, where that can be done. */
  readonly holding?: Holding
  /** Where its calls stand, where they are many. */
  readonly calls?: CallsById<ClientExchange>
  /** Asks the peer whether it lives, below the messages; browsers cannot. */
  ping?(): void
  /** Ends the connection; `now` without waiting for the peer. */
  close(now?: boolean): void
}

/** What a wire tells. */
export interface WireListener {
  message(text: string, bytes: number): void
  /** The peer lives. */
  alive(): void
  drained(): void
  /** Once, and nothing behind it. */
  closed(reason: RpcError): void
}

/** Opens a connection; rejects with an RpcError where it cannot. `life` is cancelled when nobody wants it any more. */
export type Dial = (listener: WireListener, life: Lifetime) => Promise<Wire>
