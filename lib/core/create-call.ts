import type { Call, CallChanges, Reply } from './call.ts'
import type { BaseContext, Context, Peer } from './context.ts'
import type { ErrorFactories } from './errors.ts'
import type { MethodKind } from './kind.ts'
import { createLifetime, type Lifetime } from './lifetime.ts'
import { createMetadata, type Metadata } from './metadata.ts'

/** What a transport or a client knows when a call begins. */
export interface CallInit {
  readonly service: string
  readonly method: string
  readonly kind?: MethodKind | undefined
  readonly input: unknown
  readonly metadata?: Metadata | undefined
  readonly deadline?: number | undefined
  readonly id?: string | undefined
  readonly peer: Peer
  readonly connection?: object | undefined
}

// Classes, where the rest of the package has closures: these are made for every call, and a literal with lazy
// properties costs a closure for each.

/** What all versions of one call share, however often middleware changes it. */
class Exchange {
  readonly lifetime: Lifetime = createLifetime()
  readonly peer: Peer
  readonly connection: object | undefined
  kind: MethodKind | undefined
  errors: ErrorFactories<{}> = noErrors
  /** What dependencies were resolved to for this call. */
  resolved: Map<object, unknown> | undefined
  /** What is to happen when the output stream has ended, in order. */
  endings: Ending[] | undefined
  ended = false
  /** The output that the handler gave, to be told from one that middleware put in its place. */
  output: unknown
  #knownId: string | undefined
  #knownMetadata: Metadata | undefined
  #knownHeader: Metadata | undefined
  #knownTrailer: Metadata | undefined

  constructor(init: CallInit) {
    this.peer = init.peer
    this.connection = init.connection
    this.kind = init.kind
    this.#knownId = init.id
    this.#knownMetadata = init.metadata
  }

  get id(): string {
    return (this.#knownId ??= crypto.randomUUID().replaceAll('-', ''))
  }
  known(): { kind: MethodKind | undefined; id: string | undefined } {
    return { kind: this.kind, id: this.#knownId }
  }
  get metadata(): Metadata {
    return (this.#knownMetadata ??= createMetadata())
  }
  hasMetadata(): boolean {
    return this.#knownMetadata !== undefined
  }
  get header(): Metadata {
    return (this.#knownHeader ??= createMetadata())
  }
  get trailer(): Metadata {
    return (this.#knownTrailer ??= createMetadata())
  }
}

const noErrors: ErrorFactories<{}> = Object.freeze({})

class CallObject implements Call {
  readonly service: string
  readonly method: string
  readonly input: unknown
  readonly deadline: number | undefined
  readonly exchange: Exchange
  readonly #adds: object | undefined
  /** In place of the exchange's, where middleware changed it. */
  readonly #changed: Metadata | undefined
  #knownContext: Context | undefined

  constructor(init: CallInit, exchange: Exchange, adds?: object, changed?: Metadata) {
    this.service = init.service
    this.method = init.method
    this.input = init.input
    this.deadline = init.deadline
    this.#changed = changed
    this.exchange = exchange
    this.#adds = adds
  }

  get kind(): MethodKind | undefined {
    return this.exchange.kind
  }
  get metadata(): Metadata {
    return this.#changed ?? this.exchange.metadata
  }
  hasMetadata(): boolean {
    return this.#changed !== undefined || this.exchange.hasMetadata()
  }
  get lifetime(): Lifetime {
    return this.exchange.lifetime
  }
  get signal(): AbortSignal {
    return this.exchange.lifetime.signal
  }
  get id(): string {
    return this.exchange.id
  }
  get peer(): Peer {
    return this.exchange.peer
  }
  get connection(): object | undefined {
    return this.exchange.connection
  }
  get context(): Context {
    return (this.#knownContext ??= new CallContext(this, this.#adds))
  }

  with<More extends object>(adds: More, changes?: CallChanges): Call<More> {
    const all = this.#adds === undefined ? adds : { ...this.#adds, ...adds }
    const { service, method, input, deadline, peer } = this
    const init = changes === undefined ? this : { service, method, input, deadline, ...changes, peer }
    return new CallObject(init, this.exchange, all, changes?.metadata ?? this.#changed) as Call as Call<More>
  }
}

class CallContext implements BaseContext {
  readonly #call: CallObject

  constructor(call: CallObject, adds: object | undefined) {
    this.#call = call
    if (adds !== undefined) Object.assign(this, adds)
  }

  get service(): string {
    return this.#call.service
  }
  get method(): string {
    return this.#call.method
  }
  get metadata(): Metadata {
    return this.#call.metadata
  }
  get header(): Metadata {
    return this.#call.exchange.header
  }
  get trailer(): Metadata {
    return this.#call.exchange.trailer
  }
  get signal(): AbortSignal {
    return this.#call.signal
  }
  get deadline(): number | undefined {
    return this.#call.deadline
  }
  get id(): string {
    return this.#call.id
  }
  get peer(): Peer {
    return this.#call.peer
  }
  get errors(): ErrorFactories<{}> {
    return this.#call.exchange.errors
  }

  static callOf(value: object): Call | undefined {
    return #call in value ? value.#call : undefined
  }
}

/** Begins a call. */
export function createCall(init: CallInit): Call {
  return new CallObject(init, new Exchange(init))
}

/** The reply to a call, with the header and trailer that its handler has set or will set. */
export function replyTo(call: Call, output: unknown): Reply {
  const exchange = exchangeOf(call)
  exchange.output = output
  return { output, header: exchange.header, trailer: exchange.trailer }
}

/** Tells a call what the router found its method to be. */
export function bindMethod(call: Call, kind: MethodKind, errors: ErrorFactories<{}>): void {
  const exchange = exchangeOf(call)
  exchange.kind = kind
  exchange.errors = errors
}

/** Waits for the end of a call's stream; `error` is what ended it early. */
export type Ending = (error: unknown) => void | Promise<void>

/** Runs `ending` when the call's output stream has ended, behind those that were added before. */
export function onStreamEnd(call: Call, ending: Ending): void {
  const exchange = exchangeOf(call)
  // Cancelled between the handler's reply and here: nobody is left whom a failure could be told.
  if (exchange.ended) void Promise.resolve(ending(call.lifetime.reason)).catch(() => {})
  else (exchange.endings ??= []).push(ending)
}

/** Runs what {@link onStreamEnd} collected, once. All run; the first failure is thrown, and is what those behind it learn. */
export async function endStream(call: Call, error: unknown): Promise<void> {
  const exchange = exchangeOf(call)
  const endings = exchange.endings ?? []
  exchange.ended = true
  exchange.endings = undefined
  const failures: unknown[] = []
  for (const ending of endings) {
    try {
      await ending(error ?? failures[0])
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** Where dependencies keep what they were resolved to for this call. */
export function resolvedOf(call: Call): Map<object, unknown> {
  return (exchangeOf(call).resolved ??= new Map())
}

/** Whether the output is the very one that the handler gave. */
export function isOwnOutput(call: Call, output: unknown): boolean {
  return exchangeOf(call).output === output
}

/** Whether the call came with metadata; asking it for some makes an empty one. */
export function hasMetadata(call: Call): boolean {
  return (call as CallObject).hasMetadata()
}

/** The same call for the server within the same process: its own context and lifetime, cancelled with the first. */
export function forkCall(call: Call, peer: Peer, connection: object): Call {
  const { service, method, input, deadline } = call
  const { kind, id } = exchangeOf(call).known()
  const metadata = !hasMetadata(call) ? undefined : createMetadata(call.metadata)
  const fork = createCall({ service, method, kind, input, deadline, id, metadata, peer, connection })
  // Not unhooked when it ends: the first call ends with it.
  call.lifetime.onCancel(fork.lifetime)
  return fork
}

/** The call that a handler's context belongs to; throws a TypeError for anything else. */
export function callOf(context: object): Call {
  const call = CallContext.callOf(context)
  if (call) return call
  throw new TypeError('this is no call context; pass on the very object that the handler was given')
}

function exchangeOf(call: Call): Exchange {
  return (call as CallObject).exchange
}
