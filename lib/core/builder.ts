import type { BaseContext, Context } from './context.ts'
import type { DependencyTable, NeedsOfTable, Provided } from './dependency.ts'
import type { ErrorTable } from './errors.ts'
import { createMethod } from './create-method.ts'
import { implementService, type HandlersOf } from './implement.ts'
import { inBatches, type BatchHandler } from './in-batches.ts'
import type { MethodKind } from './kind.ts'
import type { Handlers, ImplementedMethod, MessageSchema, Method, MethodOptions } from './method.ts'
import type { Layer, Middleware } from './middleware.ts'
import { Empty } from './schema/t.ts'
import type { Taken } from './schema/view.ts'
import type { Implemented, Service, ServiceMethods } from './service.ts'

/** What may be said of a method of this kind: only single messages have a key. */
type OptionsOf<K extends MethodKind, E extends ErrorTable, Item, Input> = K extends 'unary'
  ? MethodOptions<E, Item, Input>
  : Omit<MethodOptions<E, Item, Input>, 'key'>

/** Defines one method. With a handler it can be served, without one it is a contract. */
export interface DefineMethod<K extends MethodKind, Adds extends object, Declared extends ErrorTable> {
  <I extends MessageSchema, O extends MessageSchema, E extends ErrorTable = {}>(
    input: I,
    output: O,
    handler: Handlers<{ input: I; output: O; errors: E & Declared }, Adds>[K],
    options?: OptionsOf<K, E, Taken<O>, Taken<I>>,
  ): ImplementedMethod<K, { input: I; output: O; errors: E & Declared }>
  <I extends MessageSchema, O extends MessageSchema, E extends ErrorTable = {}>(
    input: I,
    output: O,
    options?: OptionsOf<K, E, Taken<O>, Taken<I>>,
  ): Method<K, { input: I; output: O; errors: E & Declared }>
}

/** Defines an event. With a handler it can be served, without one it is a contract. */
export interface DefineEvent<Adds extends object, Declared extends ErrorTable> {
  <P extends MessageSchema, E extends ErrorTable = {}>(
    payload: P,
    handler: Handlers<{ input: P; output: typeof Empty; errors: E & Declared }, Adds>['event'],
    options?: MethodOptions<E, never, Taken<P>>,
  ): ImplementedMethod<'event', { input: P; output: typeof Empty; errors: E & Declared }>
  <P extends MessageSchema, E extends ErrorTable = {}>(
    payload: P,
    options?: MethodOptions<E, never, Taken<P>>,
  ): Method<'event', { input: P; output: typeof Empty; errors: E & Declared }>
}

/** Defines an event whose handler takes several at once; see {@link inBatches}. */
export type DefineEventBatch<Adds extends object, Declared extends ErrorTable> = <
  P extends MessageSchema,
  E extends ErrorTable = {},
>(
  payload: P,
  handler: BatchHandler<Taken<P>, Context<Adds, E & Declared>>,
  options?: MethodOptions<E, never, Taken<P>>,
) => ImplementedMethod<'event', { input: P; output: typeof Empty; errors: E & Declared }>

/** What is missing when middleware or a dependency needs what nothing before it adds. */
export interface MissingFromContext<Keys> {
  readonly 'add this to the context first': Keys
}

type Has<Adds, Needs> =
  Context<Adds & object> extends Needs
    ? unknown
    : MissingFromContext<Exclude<keyof Needs, keyof Context<Adds & object>>>

/** Where methods are defined. Every step returns a new builder with a wider context; none changes. */
export interface Builder<Adds extends object = {}, Declared extends ErrorTable = {}> {
  /** A method of one message each way. */
  readonly unary: DefineMethod<'unary', Adds, Declared>
  /** A method that answers one message with a stream. */
  readonly serverStream: DefineMethod<'serverStream', Adds, Declared>
  /** A method that answers a stream with one message. */
  readonly clientStream: DefineMethod<'clientStream', Adds, Declared>
  /** A method that answers a stream with a stream, as it comes. */
  readonly bidiStream: DefineMethod<'bidiStream', Adds, Declared>
  /** Something that has happened: clients `publish` it, nothing answers it, and it is handled at least once. */
  readonly event: DefineEvent<Adds, Declared>
  /** An event whose handler takes several at once: `batch` among its options says how many. */
  readonly eventBatch: DefineEventBatch<Adds, Declared>
  /** Puts middleware around the handlers of the methods that follow. */
  use<A extends object, N extends object = Adds>(
    middleware: Middleware<A, N> & Has<Adds, N>,
  ): Builder<Adds & A, Declared>
  /** Gives the handlers of the methods that follow what these dependencies resolve to. */
  provide<D extends DependencyTable>(
    dependencies: D & Has<Adds, NeedsOfTable<D>>,
  ): Builder<Adds & Provided<D>, Declared>
  /** Declares errors for the methods that follow; handlers throw `ctx.errors.NAME(details)`. */
  errors<E extends ErrorTable>(table: E): Builder<Adds, Declared & E>
  /** Puts handlers to a contract, with this builder's middleware and dependencies around them. */
  implement<M extends ServiceMethods>(
    contract: Service<M>,
    handlers: HandlersOf<M, Adds>,
  ): Service<Implemented<M>>
}

function createBuilder(layers: readonly Layer[], declared: ErrorTable): Builder {
  const define =
    (kind: MethodKind) =>
    (input: MessageSchema, output: MessageSchema, ...rest: unknown[]): Method => {
      const handler = typeof rest[0] === 'function' ? rest.shift() : undefined
      const options = (rest[0] ?? {}) as MethodOptions
      return createMethod({
        kind,
        input,
        output,
        errors: { ...declared, ...options.errors },
        options,
        layers,
        handler: handler as undefined,
      })
    }
  const builder = {
    unary: define('unary'),
    serverStream: define('serverStream'),
    clientStream: define('clientStream'),
    bidiStream: define('bidiStream'),
    event: (payload: MessageSchema, ...rest: unknown[]) => define('event')(payload, Empty, ...rest),
    eventBatch: (
      payload: MessageSchema,
      handler: BatchHandler<unknown, BaseContext>,
      { batch = {}, ...options }: MethodOptions = {},
    ) => define('event')(payload, Empty, inBatches(handler, batch), { ...options, batch }),
    use: (middleware: unknown) => createBuilder([...layers, { middleware } as Layer], declared),
    provide: (provide: DependencyTable) => createBuilder([...layers, { provide }], declared),
    errors: (table: ErrorTable) => createBuilder(layers, { ...declared, ...table }),
    implement: (contract: Service, handlers: Record<string, unknown>) =>
      implementService(contract, handlers, layers),
  }
  return Object.freeze(builder) as unknown as Builder
}

/** Where every service begins: `rpc.unary(Input, Output, handler)`. */
export const rpc: Builder = /* @__PURE__ */ createBuilder([], {})

/** Puts handlers to a contract, checked against it. For handlers with middleware: `rpc.use(…).implement(contract, handlers)`. */
export function implement<M extends ServiceMethods>(
  contract: Service<M>,
  handlers: HandlersOf<M, {}>,
): Service<Implemented<M>> {
  return rpc.implement(contract, handlers)
}
