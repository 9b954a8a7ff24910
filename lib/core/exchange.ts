import type { Peer } from './context.ts'
import type { ErrorFactories } from './errors.ts'
import type { MethodKind } from './kind.ts'
import { createLifetime, type Lifetime } from './lifetime.ts'
import { createMetadata, type Metadata } from './metadata.ts'
import { createId, requestIdKey, soundId } from './request-id.ts'
import type { CompiledSchema } from './schema/compile.ts'

/** What a transport or a client knows when a call begins. */
export interface CallInit {
  readonly service: string
  readonly method: string
  readonly kind?: MethodKind | undefined
  readonly input: unknown
  readonly metadata?: Metadata | undefined
  readonly deadline?: number | undefined
  /** What the transport itself calls it by. */
  readonly id?: string | undefined
  readonly peer: Peer
  readonly connection?: object | undefined
  /** How many bytes its message holds of this process while it waits for its turn. */
  readonly bytes?: number | undefined
}

/** Waits for the end of a call's stream; `error` is what ended it early. */
export type Ending = (error: unknown) => void | Promise<void>

const noErrors: ErrorFactories<{}> = Object.freeze({})

/**
 * What all versions of one call share, however often middleware changes it.
 * A class, where the rest of the package has closures: one is made for every call, and a literal with lazy properties
 * costs a closure for each.
 */
export class Exchange {
  readonly lifetime: Lifetime = createLifetime()
  readonly peer: Peer
  readonly connection: object | undefined
  readonly bytes: number
  kind: MethodKind | undefined
  errors: ErrorFactories<{}> = noErrors
  /** What its messages are checked by, once the router has found its method. */
  input: CompiledSchema | undefined
  /** What dependencies were resolved to for this call. */
  resolved: Map<object, unknown> | undefined
  /** What is to happen when the output stream has ended, in order. */
  endings: Ending[] | undefined
  ended = false
  /** Where it stands among the calls that its server runs. */
  place = -1
  /** The output that the handler gave, to be told from one that middleware put in its place. */
  output: unknown
  /** What is known of id and metadata before they are asked for. */
  knownId: string | undefined
  knownMetadata: Metadata | undefined
  #id: string | undefined
  #knownHeader: Metadata | undefined
  #knownTrailer: Metadata | undefined

  constructor(init: CallInit) {
    this.peer = init.peer
    this.connection = init.connection
    this.bytes = init.bytes ?? 0
    this.kind = init.kind
    this.knownId = init.id
    this.knownMetadata = init.metadata
  }

  get id(): string {
    return (this.#id ??= this.knownId = this.#settledId())
  }
  get metadata(): Metadata {
    return (this.knownMetadata ??= createMetadata())
  }
  get header(): Metadata {
    return (this.#knownHeader ??= createMetadata())
  }
  get trailer(): Metadata {
    return (this.#knownTrailer ??= createMetadata())
  }
  #settledId(): string {
    const { kind, knownId, knownMetadata } = this
    // An event is the same one however often it comes; those that one request brought about are not.
    if (kind === 'event') return knownId || createId()
    return soundId(knownMetadata?.get(requestIdKey)) ?? soundId(knownId) ?? createId()
  }
}
