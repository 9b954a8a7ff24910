import type { Call } from './call.ts'
import type { BaseContext, Peer } from './context.ts'
import { readCursor, type Cursor } from './cursor.ts'
import type { ErrorFactories } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Metadata } from './metadata.ts'

/** A call, and what all versions of it share. */
interface SharedCall extends Call {
  readonly exchange: Exchange
}

/** The object behind a handler's second argument: the call's facts as getters, what layers add as its own properties. */
export class CallContext implements BaseContext {
  readonly #call: SharedCall

  constructor(call: SharedCall, adds: object | undefined) {
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
  get resumeAfter(): Cursor | undefined {
    return readCursor(this.#call.metadata)
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

/** The call that a handler's context belongs to; throws a TypeError for anything else. */
export function callOf(context: object): Call {
  const call = CallContext.callOf(context)
  if (call) return call
  throw new TypeError('this is no call context; pass on the very object that the handler was given')
}
