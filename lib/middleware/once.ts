import type { Call } from '../core/call.ts'
import { replyTo } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import type { Middleware } from '../core/middleware.ts'
import { markNeverRan } from '../core/never-ran.ts'

/** Where {@link once} keeps what was handled: a table, Redis. All servers of an app share it. */
export interface OnceStore {
  /**
   * Notes that this id is in hand from now on, for `leaseMs`. Resolves with what it was before: `new`; `busy` where it is
   * in somebody's hand and their time is not over; `done`. Of two that ask at once only one may hear `new`.
   */
  begin(id: string, leaseMs: number): OnceState | Promise<OnceState>
  /** It was handled. It is to be remembered for as long as it may come again. */
  finish(id: string): void | Promise<void>
  /** It failed, and is new again. */
  release(id: string): void | Promise<void>
}

/** What a store knows of an id. */
export type OnceState = 'new' | 'busy' | 'done'

/** Options of {@link once}. */
export interface OnceOptions {
  readonly store: OnceStore
  /** How long one that is in hand counts as that, in ms: 300,000. Behind it a server that was killed with it is no hindrance any more. */
  readonly leaseMs?: number
  /** By what an event is known: its id, which is the same however often it comes. Undefined: it is handled without a look. */
  readonly id?: (call: Call) => string | undefined
}

/**
 * Handles each event once, though brokers bring some twice: one that was handled is let go, and one that is in another
 * server's hand comes again later. What the handler does and what the store notes are two things: where a server is lost
 * between them, the event is handled again. Calls that are no events pass.
 */
export function once({ store, leaseMs = 300_000, id = (call) => call.id }: OnceOptions): Middleware {
  if (!(leaseMs > 0))
    throw new TypeError(`once: leaseMs is ${leaseMs}; use a positive number of milliseconds`)
  return async function handleOnce(call, next) {
    const known = call.kind === 'event' ? id(call) : undefined
    if (known === undefined) return next(call)
    const state = await store.begin(known, leaseMs)
    if (state === 'done') return replyTo(call, {})
    if (state === 'busy')
      throw markNeverRan(
        new RpcError('UNAVAILABLE', 'another server has this event in hand', { retryable: true }),
      )
    try {
      const reply = await next(call)
      await store.finish(known)
      return reply
    } catch (error) {
      await store.release(known)
      throw error
    }
  }
}

/** A store for tests and for one server: it remembers the last `size` ids (100,000) for as long as the process lives. */
export function memoryOnceStore({ size = 100_000 }: { readonly size?: number } = {}): OnceStore {
  /** When the time of those in hand is over, in ms since the epoch; of those that were handled: never. */
  const until = new Map<string, number>()
  return {
    begin(id, leaseMs) {
      const end = until.get(id)
      if (end === Number.POSITIVE_INFINITY) return 'done'
      if (end !== undefined && end > Date.now()) return 'busy'
      until.set(id, Date.now() + leaseMs)
      if (until.size > size) until.delete(until.keys().next().value!)
      return 'new'
    },
    finish: (id) => void until.set(id, Number.POSITIVE_INFINITY),
    release: (id) => void until.delete(id),
  }
}
