import { RpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { ErrorCode } from '../../core/status.ts'

/** Said with code 1001 by a server that has answered every call that reached it. */
export const drained = 'drained'

const codes: Readonly<Record<number, ErrorCode>> = {
  1001: 'UNAVAILABLE',
  1005: 'UNAVAILABLE',
  1006: 'UNAVAILABLE',
  1008: 'PERMISSION_DENIED',
  1009: 'RESOURCE_EXHAUSTED',
  1012: 'UNAVAILABLE',
  1013: 'UNAVAILABLE',
}

/** What the end of a connection means for its calls. */
export function failureOfClose(code: number, reason: string): RpcError {
  const text = reason === '' ? '' : ` (${reason})`
  const error = new RpcError(codes[code] ?? 'INTERNAL', `the connection was closed with code ${code}${text}`)
  return code === 1001 && reason === drained ? markNeverRan(error) : error
}
