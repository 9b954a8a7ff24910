import type { Call, CallChanges, Reply } from './call.ts'
import { CallContext } from './call-context.ts'
import type { Context, Peer } from './context.ts'
import type { ErrorFactories } from './errors.ts'
import { Exchange, type CallInit } from './exchange.ts'
import type { MethodKind } from './kind.ts'
import type { Lifetime } from './lifetime.ts'
import { createMetadata, type Metadata } from './metadata.ts'
import type { CompiledSchema } from './schema/compile.ts'

/** What versions of a call may differ in. */
type OwnFacts = Pick<CallInit, 'service' | 'method' | 'input' | 'deadline'>

// A class for the same reason as Exchange.
class CallObject implements Call {
  readonly service: string
  readonly method: string
  readonly input: unknown
  readonly deadline: number | undefined
  readonly exchange: Exchange
  readonly #adds: object | undefined
  /** In place of the exchange's, where middleware changed it. */
  readonly changed: Metadata | undefined
  #knownContext: Context | undefined

  constructor(init: OwnFacts, exchange: Exchange, adds?: object, changed?: Metadata) {
    this.service = init.service
    this.method = init.method
    this.input = init.input
    this.deadline = init.deadline
    this.changed = changed
    this.exchange = exchange
    this.#adds = adds
  }

  get kind(): MethodKind | undefined {
    return this.exchange.kind
  }
  get metadata(): Metadata {
    return this.changed ?? this.exchange.metadata
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
    const { service, method, input, deadline } = this
    const init = changes === undefined ? this : { service, method, input, deadline, ...changes }
    return new CallObject(init, this.exchange, all, changes?.metadata ?? this.changed) as Call as Call<More>
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

/** Tells a call what the router found its method to be, and what its messages are checked by. */
export function bindMethod(
  call: Call,
  kind: MethodKind,
  errors: ErrorFactories<{}>,
  input?: CompiledSchema,
): void {
  const exchange = exchangeOf(call)
  exchange.kind = kind
  exchange.errors = errors
  exchange.input = input
}

/** What a call's messages are checked by; nothing where no router of this package has found its method. */
export function inputSchemaOf(call: Call): CompiledSchema | undefined {
  return exchangeOf(call).input
}

/** Where dependencies keep what they were resolved to for this call. */
export function resolvedOf(call: Call): Map<object, unknown> {
  return (exchangeOf(call).resolved ??= new Map())
}

/** Whether the output is the very one that the handler gave. */
export function isOwnOutput(call: Call, output: unknown): boolean {
  return exchangeOf(call).output === output
}

/** How many bytes the call's message holds while it waits for its turn. */
export function bytesOf(call: Call): number {
  return exchangeOf(call).bytes
}

/** Whether the call came with metadata; asking it for some makes an empty one. */
export function hasMetadata(call: Call): boolean {
  const { changed, exchange } = call as CallObject
  return changed !== undefined || exchange.knownMetadata !== undefined
}

/** The same call for the server within the same process: its own context and lifetime, cancelled with the first. */
export function forkCall(call: Call, peer: Peer, connection: object): Call {
  const { service, method, input, deadline } = call
  const { kind, knownId: id } = exchangeOf(call)
  const metadata = !hasMetadata(call) ? undefined : createMetadata(call.metadata)
  const fork = createCall({ service, method, kind, input, deadline, id, metadata, peer, connection })
  // Not unhooked when it ends: the first call ends with it.
  call.lifetime.onCancel(fork.lifetime)
  return fork
}

/** What the versions of a call share. */
export function exchangeOf(call: Call): Exchange {
  return (call as CallObject).exchange
}
