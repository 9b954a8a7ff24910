/** Error codes, RFC 9113 §7. */
export const errorCodes = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const

/** The name of an error code. */
export type Http2ErrorCode = keyof typeof errorCodes

const names = Object.keys(errorCodes) as Http2ErrorCode[]

/** The name of a code from the wire; one that nobody has defined is treated as INTERNAL_ERROR (RFC 9113 §7). */
export function errorName(code: number): Http2ErrorCode {
  return names[code] ?? 'INTERNAL_ERROR'
}

/** What an {@link Http2Error} says beside its code and message. */
export interface Http2ErrorOptions {
  readonly scope?: 'stream' | 'connection'
  readonly remote?: boolean
  readonly unprocessed?: boolean
  readonly cause?: unknown
}

/** Why a stream or a connection ended before its time. */
export class Http2Error extends Error {
  readonly code: Http2ErrorCode
  /** Whether one stream ended, or the connection with all its streams. */
  readonly scope: 'stream' | 'connection'
  /** Whether the peer said so; otherwise this side did, or the socket was lost. */
  readonly remote: boolean
  /** Whether the peer has certainly not begun with the request, so that it may be sent again (RFC 9113 §8.7). */
  readonly unprocessed: boolean

  constructor(code: Http2ErrorCode, message: string, options: Http2ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Http2Error'
    this.code = code
    this.scope = options.scope ?? 'stream'
    this.remote = options.remote ?? false
    this.unprocessed = options.unprocessed ?? false
  }
}

/** What the parser throws when the whole connection has to go. */
export function connectionError(code: Http2ErrorCode, message: string): Http2Error {
  return new Http2Error(code, message, { scope: 'connection' })
}
