import { RpcError } from '../core/errors.ts'
import { isErrorCode, statusOfNumber, type ErrorCode } from '../core/status.ts'

/** A failure as JSON carries it, in HTTP bodies and in envelopes. `error` and `status_code` are what the Python package reads. */
export interface ErrorJson {
  readonly error: string
  readonly code: ErrorCode
  readonly status_code: number
  readonly reason?: string | undefined
  readonly details?: unknown
  readonly retryable: boolean
}

/** Writes a failure. */
export function errorToJson(error: RpcError): ErrorJson {
  const { message, code, status, reason, details, retryable } = error
  return {
    error: message,
    code,
    status_code: status,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    retryable,
  }
}

/** Reads a failure; `fallback` is its code where the peer, being no MicroAPI of this kind, sends none that we know. */
export function errorFromJson(json: unknown, fallback: ErrorCode): RpcError {
  const { error, code, status_code, reason, details, retryable } = Object(json) as Record<string, unknown>
  const named = isErrorCode(code) ? code : typeof status_code === 'number' && statusOfNumber(status_code)
  return new RpcError(
    named && named !== 'OK' ? named : fallback,
    typeof error === 'string' ? error : 'the server failed and did not say why',
    {
      reason: typeof reason === 'string' ? reason : undefined,
      details,
      retryable: typeof retryable === 'boolean' ? retryable : undefined,
    },
  )
}
