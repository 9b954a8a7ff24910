import { RpcError } from '../../core/errors.ts'
import type { MethodFacts } from '../../core/transport.ts'

type Facts = Pick<MethodFacts, 'compiled'> | undefined

/** A message to a method as JSON text. Throws what writing it throws. */
export function inputText(method: Facts, message: unknown): string {
  return message === undefined ? 'null' : (method?.compiled.input.stringify ?? JSON.stringify)(message)
}

/** A method's answer as it is behind a wire: what JSON has no place for is text. */
export function outputForm(method: Facts, message: unknown): unknown {
  return JSON.parse((method?.compiled.output.stringify ?? JSON.stringify)(message ?? {}))
}

/** A failure as it is behind a wire: nothing of it but what travels. */
export function errorForm({ code, message, reason, details, retryable }: RpcError): RpcError {
  try {
    const carried: unknown = details === undefined ? undefined : JSON.parse(JSON.stringify(details))
    return new RpcError(code, message, { reason, details: carried, retryable })
  } catch {
    // Details that JSON cannot hold.
    return new RpcError('INTERNAL', 'internal error')
  }
}
