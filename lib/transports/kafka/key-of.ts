import { callKey } from '../../core/call-key.ts'
import type { Call } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Lookup } from '../../core/transport.ts'

/** Reads what a call, or one event of its batch, belongs with. Throws INVALID_ARGUMENT where that cannot be said. */
export type KeyOf = (call: Call, input?: unknown) => string | null

/** Reads it from the call's own option, or as its method says. */
export function keyReader(lookup: Lookup | undefined): KeyOf {
  return (call, input = call.input) => {
    const { service, method } = call
    const own = callKey(call)
    if (own !== undefined) return own
    const facts = lookup?.find(service, method)
    const key = facts?.options.key as ((input: unknown) => unknown) | undefined
    if (!facts || !key) return null
    // The function is written for what handlers take.
    const value = key(facts.compiled.input.decode(input ?? {}))
    if (value === undefined || value === null) return null
    if (typeof value === 'string') return value
    throw new RpcError(
      'INTERNAL',
      `the option key of ${service}.${method} gave ${typeof value}; it must give a string`,
    )
  }
}
