import { RpcError } from './errors.ts'
import type { ClientSide, Method } from './method.ts'
import type { CheckFailure } from './schema/check.ts'
import { compileSchema, type CompiledSchema } from './schema/compile.ts'
import { invalidInput } from './invalid-input.ts'

/** A method as a value that nobody changes; its schemas are compiled when first needed. */
export function createMethod(parts: Omit<Method, 'compiled' | 'clientSide'>): Method {
  let compiled: { readonly input: CompiledSchema; readonly output: CompiledSchema } | undefined
  return Object.freeze({
    ...parts,
    get compiled() {
      return (compiled ??= { input: compileSchema(parts.input), output: compileSchema(parts.output) })
    },
    clientSide(trusted: boolean): ClientSide {
      return clientSide(this, trusted)
    },
  })
}

function clientSide(method: Method, trusted: boolean): ClientSide {
  const { kind, options } = method
  const { timeoutMs, idempotent = kind === 'event' || undefined, cursor } = options
  const known = { kind, timeoutMs, idempotent, cursor }
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

function invalidOutput({ pointer, message }: CheckFailure): RpcError {
  return new RpcError('INTERNAL', `the server sent what the contract forbids: output${pointer} ${message}`)
}
