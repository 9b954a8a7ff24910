import type { TSchema } from '@sinclair/typebox'
import type { Context } from './context.ts'
import type { Cursor } from './cursor.ts'
import type { ErrorTable } from './errors.ts'
import type { FailureOptions } from './failure-policy.ts'
import type { BatchOptions } from './in-batches.ts'
import type { MethodKind } from './kind.ts'
import type { Layer } from './middleware.ts'
import type { CompiledSchema } from './schema/compile.ts'
import type { Given, Taken } from './schema/view.ts'

/** A schema whose values are objects: what a message is. */
export type MessageSchema = TSchema & { static: object }

/** What a method takes, gives and may fail with. */
export interface Signature {
  readonly input: TSchema
  readonly output: TSchema
  readonly errors: ErrorTable
}

/** What a method is called in protobuf. */
export interface ProtoNames {
  /** The method's name there, when it is another one. */
  readonly name?: string
  /** The package, which may be empty; the service's name by default. Said once for all methods, in `defineService`. */
  readonly package?: string
  /** The .proto file that it stands in, `acme/users/v1/users.proto`; by default the package's name, with `_` for its dots. Said once for all methods, in `defineService`. */
  readonly file?: string
  /** The service; `UsersService` for `users` by default. Said once for all methods, in `defineService`. */
  readonly service?: string
}

/** What may be said of a method beside its schemas. */
export interface MethodOptions<
  Errors extends ErrorTable = ErrorTable,
  Item = never,
  Input = never,
> extends FailureOptions {
  /** One line for people. */
  readonly summary?: string
  /** As long as it needs to be, for people. */
  readonly description?: string
  readonly deprecated?: boolean
  /** Running it twice does no harm, so that clients may call again when an answer was lost. */
  readonly idempotent?: boolean
  /** How long a client waits in ms when its call says nothing; 30,000 for unary methods, no limit for streams. */
  readonly timeoutMs?: number
  /**
   * Of a stream of answers: where an item stands in it. When the connection is lost clients call again, and the handler
   * finds in `ctx.resumeAfter` behind which item it is to go on.
   */
  readonly cursor?: (item: Item) => Cursor
  /**
   * What the message of a unary call or an event belongs with: over Kafka those of one key are handled one after the other, in
   * the order in which they were sent. Undefined: with nothing. `defineService` throws where a stream has it.
   */
  readonly key?: (input: Input) => string | undefined
  /** Of an event: every service that handles it has a copy of its own, in place of one of them all. */
  readonly fanout?: boolean
  /** Of an event that `rpc.eventBatch` defines: how its handler has several at once. */
  readonly batch?: BatchOptions
  /** Errors that it declares, beside those of its builder. */
  readonly errors?: Errors
  /** Its names in protobuf. */
  readonly proto?: ProtoNames
}

/** What a client knows of a method, and what it does to its messages. */
export interface ClientSide {
  /** Unknown to a client made from a type alone. */
  readonly kind: MethodKind | undefined
  readonly timeoutMs: number | undefined
  readonly idempotent: boolean | undefined
  /** Where an item stands in its stream, in the caller's form. */
  readonly cursor: ((item: never) => Cursor) | undefined
  /** From the caller's form of a message to the wire's; throws INVALID_ARGUMENT for what its schema forbids. */
  readonly encode: (message: unknown) => unknown
  /** From the wire's form to the caller's; throws INTERNAL for what its schema forbids. */
  readonly decode: (message: unknown) => unknown
}

/** A method: its kind and signature, and on a server its handler. */
export interface Method<K extends MethodKind = MethodKind, S extends Signature = Signature> {
  readonly kind: K
  readonly input: S['input']
  readonly output: S['output']
  readonly errors: S['errors']
  readonly options: MethodOptions
  /** Middleware and dependencies that stand around the handler, the outermost first. */
  readonly layers: readonly Layer[]
  readonly handler?: ErasedHandler | undefined
  /** The compiled schemas. Reading them compiles; throws where that cannot be. */
  readonly compiled: { readonly input: CompiledSchema; readonly output: CompiledSchema }
  /**
   * What its clients know of it. With `trusted` the messages are converted but not checked, for an app in the same
   * process that checks them itself. It stands here so that a client without a contract need not have it.
   */
  clientSide(trusted: boolean): ClientSide
  /** Never there: what `infer` reads the signature from, which it cannot find in `S['input']` and its like. */
  readonly signature?: S
}

/** A method that can be served. */
export interface ImplementedMethod<
  K extends MethodKind = MethodKind,
  S extends Signature = Signature,
> extends Method<K, S> {
  readonly handler: ErasedHandler
}

/** A handler behind the seam, where the types are known to the builder only. */
export type ErasedHandler = (input: never, context: never) => unknown

/** The handler that a method of each kind wants. */
export interface Handlers<S extends Signature, Adds extends object> {
  unary: (
    input: Taken<S['input']>,
    context: Context<Adds, S['errors']>,
  ) => Given<S['output']> | Promise<Given<S['output']>>
  serverStream: (
    input: Taken<S['input']>,
    context: Context<Adds, S['errors']>,
  ) => AsyncIterable<Given<S['output']>> | Iterable<Given<S['output']>>
  clientStream: (
    input: AsyncIterable<Taken<S['input']>>,
    context: Context<Adds, S['errors']>,
  ) => Given<S['output']> | Promise<Given<S['output']>>
  bidiStream: (
    input: AsyncIterable<Taken<S['input']>>,
    context: Context<Adds, S['errors']>,
  ) => AsyncIterable<Given<S['output']>> | Iterable<Given<S['output']>>
  event: (payload: Taken<S['input']>, context: Context<Adds, S['errors']>) => void | Promise<void>
}
