import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { toRpcError } from '../../core/errors.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import type { ErrorCode } from '../../core/status.ts'
import type { WsSettings } from './options.ts'

/** What a handshake came to: metadata for every call of the connection, or a refusal. */
export type Verdict =
  | { readonly metadata: Metadata | undefined }
  | { readonly status: number; readonly message: string }

const statusOf: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
}

/** Decides whether a client may connect. */
export async function judge(
  request: IncomingMessage,
  { path, origins, authenticate }: WsSettings,
): Promise<Verdict> {
  const { url = '/', headers } = request
  if (path !== undefined && url.split('?', 1)[0] !== path)
    return { status: 404, message: `the path is ${path}` }
  const { origin } = headers
  if (origin !== undefined && !mayConnect(origin, headers.host, origins))
    return { status: 403, message: `origin ${origin} may not connect (origins)` }
  if (!authenticate) return { metadata: undefined }
  try {
    const given = await authenticate({ headers, url, address: request.socket.remoteAddress })
    return { metadata: given ? createMetadata(given) : undefined }
  } catch (error) {
    const { code, message } = toRpcError(error)
    return { status: statusOf[code] ?? 500, message }
  }
}

// Who sends no Origin is no browser.
function mayConnect(origin: string, host: string | undefined, origins: WsSettings['origins']): boolean {
  if (origins === '*') return true
  if (origins) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Answers a handshake by HTTP, and ends its connection. */
export function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message })
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${phrases[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
