import type { Context, NoContextKeys, Peer } from './context.ts'
import type { MethodKind } from './kind.ts'
import type { Lifetime } from './lifetime.ts'
import type { Metadata } from './metadata.ts'

/** One call on its way: what a transport makes of bytes, what middleware passes on and a handler answers. */
export interface Call<Adds extends object = {}> {
  readonly service: string
  readonly method: string
  /** Known on the server and to clients with a contract; a client made from a type alone does not know it. */
  readonly kind: MethodKind | undefined
  /** One message in JSON form, or an iterable of them. */
  readonly input: unknown
  readonly metadata: Metadata
  /** Aborts when the call is cancelled, by whichever side, or its deadline passes. */
  readonly signal: AbortSignal
  /** When the call must have ended, in ms since the epoch. */
  readonly deadline: number | undefined
  /** The caller's `x-request-id`, else what the transport calls it by, else 32 hex digits, made when first read. An event's is its own. */
  readonly id: string
  readonly peer: Peer
  /** The connection that it came over, which has a limit of running calls of its own. */
  readonly connection: object | undefined
  /** What handlers see as their second argument. */
  readonly context: Context<Adds>
  /** Its cancellation and its end. */
  readonly lifetime: Lifetime
  /** The same call with more in its context, or with its input, metadata or deadline changed. */
  with<More extends object>(adds: More & NoContextKeys, changes?: CallChanges): Call<Adds & More>
}

/** What {@link Call.with} can change. */
export interface CallChanges {
  readonly input?: unknown
  readonly metadata?: Metadata
  readonly deadline?: number | undefined
}

/** What a call is answered with. */
export interface Reply {
  /** One message in JSON form, or an iterable of them. */
  readonly output: unknown
  /** Complete when the reply is there. */
  readonly header: Metadata
  /** Complete when the output has ended. */
  readonly trailer: Metadata
}

/**
 * Carries a call to its answer. A server is one, a client talks to one, middleware wraps one, a transport carries one.
 * It rejects with an RpcError where the call fails before its first message; a stream that fails later throws from its iterator.
 */
export type Invoke<Adds extends object = {}> = (call: Call<Adds>) => Promise<Reply>
