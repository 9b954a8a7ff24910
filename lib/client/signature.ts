import type { Cursor } from '../core/cursor.ts'
import type { HasErrors } from '../core/errors.ts'
import type { MethodKind } from '../core/kind.ts'
import type { Metadata, MetadataInit } from '../core/metadata.ts'
import type { Method, Signature } from '../core/method.ts'
import type { Form, Given, Taken } from '../core/schema/view.ts'

/** What may be said of one call, always as the second argument. */
export interface CallOptions {
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal
  /** How long to wait, in ms, whatever the method's and the client's own settings are; `Infinity` for no limit. */
  readonly timeoutMs?: number
  /** Sent beside the messages; over the client's own. */
  readonly metadata?: MetadataInit
  /** The context of the call that this one is made for: its deadline, its cancellation and its request id are taken over. */
  readonly parent?: object
  /** That calling twice does no harm, so that it may be retried; a contract says it by itself. */
  readonly idempotent?: boolean
  /** What the call belongs with, over Kafka: see the method option of this name, which says it by itself. */
  readonly key?: string
}

/** What may be said of a call that is answered by a stream. */
export interface StreamCallOptions<O = never> extends CallOptions {
  /** Where an item stands in the stream, so that it goes on behind it when the connection was lost; a contract says it by itself. */
  readonly cursor?: (item: O) => Cursor
}

/** What every call offers, whatever its kind. */
export interface AnyCall {
  /** What the server sent before its first message. */
  readonly header: Promise<Metadata>
  /** What the server sent after its last message. */
  readonly trailer: Promise<Metadata>
  /** Ends the call on both sides. */
  cancel(): void
}

/** One message each way: await it. */
export interface UnaryCall<O> extends Promise<O>, AnyCall {}

/** A stream of answers: iterate it. Leaving the loop cancels the call. */
export interface ServerStreamCall<O> extends AsyncIterableIterator<O, undefined, void>, AnyCall {
  return(): Promise<IteratorResult<O, undefined>>
  [Symbol.asyncIterator](): ServerStreamCall<O>
}

/** The sending side of a call that was made without an argument. */
export interface Sender<I> {
  /** Sends one message. Resolves when there is room for the next, rejects when the call has failed. */
  send(message: I): Promise<void>
  /** No more messages will come; the answers go on. */
  end(): Promise<void>
}

/** A stream of messages, one answer: await it. */
export interface ClientStreamCall<I, O> extends Promise<O>, Sender<I>, AnyCall {}

/** A stream each way: iterate the answers, or take them one by one with `next`. */
export interface BidiCall<I, O> extends ServerStreamCall<O>, Sender<I> {
  [Symbol.asyncIterator](): BidiCall<I, O>
}

/** What a client's method returns. */
interface Calls<I, O> {
  unary: UnaryCall<O>
  serverStream: ServerStreamCall<O>
  clientStream: ClientStreamCall<I, O>
  bidiStream: BidiCall<I, O>
  event: never
}

/** The arguments of a client's method: a message that may be empty, and a stream, may be left out. */
type Arguments<K extends MethodKind, I, O> = K extends 'clientStream' | 'bidiStream'
  ? [messages?: Iterable<I> | AsyncIterable<I> | undefined, options?: CallOptions]
  : {} extends I
    ? [message?: I | undefined, options?: OptionsOf<K, O>]
    : [message: I, options?: OptionsOf<K, O>]

type OptionsOf<K extends MethodKind, O> = K extends 'serverStream' ? StreamCallOptions<O> : CallOptions

/** A method as its client calls it. */
export interface ClientMethod<K extends MethodKind, S extends Signature, F extends Form> extends HasErrors<
  S['errors']
> {
  (
    ...args: Arguments<K, Given<S['input'], F>, Taken<S['output'], F>>
  ): Calls<Given<S['input'], F>, Taken<S['output'], F>>[K]
}

/** An event as its client publishes it. */
export interface ClientEvent<S extends Signature, F extends Form> extends HasErrors<S['errors']> {
  /**
   * Resolves when it is in safe hands: a broker has it, or a server has handled it. Rejects with the RpcError that it
   * fails with; it may be handled all the same, and when it is published again more than once.
   */
  publish(...args: Arguments<'event', Given<S['input'], F>, unknown>): Promise<void>
  /**
   * Publishes many at once, which over a broker costs a fraction of as many calls of `publish`. Resolves when all of them
   * are in safe hands. Rejects with INVALID_ARGUMENT, and publishes none, where one of them is not what its schema says;
   * else with the code of the first that failed, and the places of all that failed as `details.failed`. The time limit
   * is for all of them together.
   */
  publishBatch(payloads: Iterable<Given<S['input'], F>>, options?: CallOptions): Promise<void>
}

/** A service as its client calls it. */
export type ClientService<M, F extends Form> = {
  readonly [N in keyof M]: M[N] extends Method<infer K, infer S>
    ? [K] extends ['event']
      ? ClientEvent<S, F>
      : ClientMethod<K, S, F>
    : never
}

/** The services behind an app's type, or those of a contract. */
export type ServicesOf<A> = A extends { readonly services: infer S; connect(): unknown } ? S : A

/** A client: services, their methods, and `close`. */
export type Client<A, F extends Form = 'wire'> = {
  readonly [N in keyof ServicesOf<A>]: ClientService<ServicesOf<A>[N], F>
} & {
  /** Ends the connection; calls in flight fail CANCELLED. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
