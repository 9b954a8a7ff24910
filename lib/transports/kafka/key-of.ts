import { callKey } from '../../core/call-key.ts'
import type { Call } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Lookup } from '../../core/transport.ts'

/** Gives what reads from an input of a call what it belongs with; that throws INTERNAL where the method's option gives no text. */
export type KeyOf = (call: Call) => (input: unknown) => string | null

const keyless = (): null => null

/** Reads it from the call's own option, or as its method says. */
export function keyReader(lookup: Lookup | undefined): KeyOf {
  return (call) => {
    const { service, method } = call
    const own = callKey(call)
    if (own !== undefined) return () => own
    const facts = lookup?.find(service, method)
    const key = facts?.options.key as ((input: unknown) => unknown) | undefined
    if (!facts || !key) return keyless
    return (input) => {
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
}
