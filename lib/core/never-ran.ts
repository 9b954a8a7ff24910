import type { RpcError } from './errors.ts'

const unrun = new WeakSet<RpcError>()

/** Marks a failure as one of a call that certainly never reached a handler: repeating it is safe whatever the method does. */
export function markNeverRan<E extends RpcError>(error: E): E {
  unrun.add(error)
  return error
}

/** Whether the failed call certainly never reached a handler: a refused connection, a refused stream. */
export function neverRan(error: RpcError): boolean {
  return unrun.has(error)
}
