import { RpcError } from './errors.ts'
import type { CheckFailure } from './schema/check.ts'

/** The error of an input that its schema refuses; client and server say it alike. */
export function invalidInput({ pointer, keyword, message }: CheckFailure): RpcError {
  return new RpcError('INVALID_ARGUMENT', `input${pointer} ${message}`, {
    reason: 'VALIDATION',
    details: { pointer, keyword, message },
  })
}
