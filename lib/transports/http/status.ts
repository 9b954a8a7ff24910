import { RpcError } from '../../core/errors.ts'
import { httpStatus, type ErrorCode } from '../../core/status.ts'

// Failures of the protocol itself have HTTP statuses of their own, more exact than those of their codes. By code and
// reason, so that an error which a user declares under the same name keeps its code's status.
const byReason: Readonly<Record<string, number>> = {
  'UNIMPLEMENTED UNKNOWN_METHOD': 404,
  'RESOURCE_EXHAUSTED TOO_LARGE': 413,
  'INVALID_ARGUMENT UNSUPPORTED_MEDIA_TYPE': 415,
  'RESOURCE_EXHAUSTED TOO_MANY_HEADERS': 431,
  'RESOURCE_EXHAUSTED METADATA_TOO_LARGE': 431,
}

/** The HTTP status that a failure is answered with. */
export function statusOfError({ code, reason }: RpcError): number {
  return byReason[`${code} ${reason}`] ?? httpStatus(code)
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'RESOURCE_EXHAUSTED',
  415: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  431: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** The code behind an answer that names none: a proxy's, or a Python server's. */
export function codeOfStatus(status: number): ErrorCode {
  return codes[status] ?? 'UNKNOWN'
}

/** The error of a body in a media type that no method reads. */
export function unsupportedMediaType(type: string): RpcError {
  return new RpcError(
    'INVALID_ARGUMENT',
    `content type ${JSON.stringify(type)}: send application/json or application/x-ndjson`,
    {
      reason: 'UNSUPPORTED_MEDIA_TYPE',
    },
  )
}
