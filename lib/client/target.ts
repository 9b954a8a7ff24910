import { RpcError } from '../core/errors.ts'
import type { MethodKind } from '../core/kind.ts'
import type { Method } from '../core/method.ts'
import type { CheckFailure } from '../core/schema/check.ts'

/** The method that a call goes to, and what its client knows of it. */
export interface Target {
  readonly service: string
  readonly method: string
  /** Unknown to a client made from a type alone. */
  readonly kind: MethodKind | undefined
  readonly timeoutMs: number | undefined
  readonly idempotent: boolean
  /** From the caller's form of a message to the wire's; throws INVALID_ARGUMENT for what its schema forbids. */
  readonly encode: (message: unknown) => unknown
  /** From the wire's form to the caller's; throws INTERNAL for what its schema forbids. */
  readonly decode: (message: unknown) => unknown
}

const same = (message: unknown): unknown => message

/** A method of which nothing but its name is known. */
export function unknownTarget(service: string, method: string): Target {
  return { service, method, kind: undefined, timeoutMs: undefined, idempotent: false, encode: same, decode: same }
}

/**
 * A method of a contract. With `trusted` the messages are converted but not checked, for an app in the same process
 * that checks them itself.
 */
export function knownTarget(service: string, name: string, method: Method, trusted: boolean): Target {
  const { kind, options } = method
  const known = { service, method: name, kind, timeoutMs: options.timeoutMs, idempotent: options.idempotent ?? false }
  if (trusted) {
    const { input, output } = method.compiled
    return { ...known, encode: (message) => input.encode(message ?? {}), decode: output.decode }
  }
  // Compiled on the first message: a client may hold hundreds of methods and call three.
  return {
    ...known,
    encode: (message) => method.compiled.input.give(message ?? {}, invalidInput),
    decode: (message) => method.compiled.output.take(message ?? {}, invalidOutput),
  }
}

function invalidInput({ pointer, keyword, message }: CheckFailure): RpcError {
  return new RpcError('INVALID_ARGUMENT', `input${pointer} ${message}`, { reason: 'VALIDATION', details: { pointer, keyword, message } })
}

function invalidOutput({ pointer, message }: CheckFailure): RpcError {
  return new RpcError('INTERNAL', `the server sent what the contract forbids: output${pointer} ${message}`)
}
