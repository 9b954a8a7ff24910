import { RpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { ErrorCode } from '../../core/status.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'
import type { Http2Error } from '../../http2/error.ts'
import { decodeGrpcMessage, encodeGrpcMessage } from '../../wire/grpc/percent.ts'
import { decodeStatus, encodeStatusDetails } from '../../wire/grpc/rpc-status.ts'

/** The trailers that say how a call failed. */
export function failureFields(error: RpcError, service: string): string[] {
  const fields = ['grpc-status', String(error.status)]
  if (error.message !== '') fields.push('grpc-message', encodeGrpcMessage(error.message))
  const details = encodeStatusDetails(error, service)
  if (details) fields.push('grpc-status-details-bin', details.toString('base64'))
  return fields
}

/** The failure that trailers tell of; undefined for success, or where they tell nothing. */
export function failureIn(trailers: HeaderBlock): RpcError | undefined {
  const status = trailers.get('grpc-status')
  if (status === undefined || status === '0') return undefined
  const details = trailers.get('grpc-status-details-bin')
  const bytes = details === undefined ? undefined : Buffer.from(details, 'base64')
  return decodeStatus(
    /^\d{1,3}$/.test(status) ? Number(status) : 2,
    decodeGrpcMessage(trailers.get('grpc-message') ?? ''),
    bytes,
  )
}

const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
}

/** An answer that is no gRPC: a proxy's, or that of a server of something else. */
export function failureOfStatus(status: number): RpcError {
  return new RpcError(codesOfStatus[status] ?? 'UNKNOWN', `HTTP ${status} without grpc-status`)
}

const codesOfReset: Partial<Record<Http2Error['code'], ErrorCode>> = {
  REFUSED_STREAM: 'UNAVAILABLE',
  CANCEL: 'CANCELLED',
  ENHANCE_YOUR_CALM: 'RESOURCE_EXHAUSTED',
  INADEQUATE_SECURITY: 'PERMISSION_DENIED',
}

/** What the early end of a stream means for its call. */
export function failureOfStream(error: Http2Error): RpcError {
  // Closed by this side; a lost connection is UNAVAILABLE, whatever the reason.
  if (error.scope === 'connection' && error.code === 'CANCEL' && !error.remote)
    return new RpcError('CANCELLED', error.message, { cause: error })
  const code = error.scope === 'connection' ? 'UNAVAILABLE' : (codesOfReset[error.code] ?? 'INTERNAL')
  const failure = new RpcError(code, error.message, { cause: error })
  return error.unprocessed ? markNeverRan(failure) : failure
}
