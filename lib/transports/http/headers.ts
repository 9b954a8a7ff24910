import { createMetadata, appendIfSound, type Metadata } from '../../core/metadata.ts'
import { parseTimeout, remainingMs } from '../../core/deadline.ts'

const prefix = 'x-microapi-'
const trailerPrefix = `${prefix}trailer-`
const timeoutHeader = `${prefix}timeout-ms`

/** Metadata that the web knows under names of its own. */
const plainNames: ReadonlySet<string> = new Set([
  'authorization',
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
  'idempotency-key',
])

/** Media types of single messages and of streams. */
export const jsonType = 'application/json'
export const ndjsonType = 'application/x-ndjson'
export const envelopeType = `${ndjsonType}; envelope=1`

/**
 * Sent with streams: of what may be stored, Chromium reads all that comes, however slow the page takes it.
 * @see https://github.com/yutakahirano/fetch-with-streams/issues/22
 */
export const notStored = { 'cache-control': 'no-store' }

/** What a client says that it reads: streams with their end told, or plain JSON. */
export const acceptAll = `${envelopeType}, ${jsonType}`

/** Headers as Node and fetch give them, by lower-case name. */
export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a request's headers say of its call. */
export interface RequestHead {
  readonly metadata: Metadata | undefined
  /** In ms since the epoch. */
  readonly deadline: number | undefined
}

/** Reads metadata and deadline; throws INVALID_ARGUMENT for values that metadata cannot hold. */
export function readRequestHead(headers: HeaderMap): RequestHead {
  let metadata: Metadata | undefined
  let deadline: number | undefined
  for (const name in headers) {
    const value = headers[name]
    if (typeof value !== 'string') continue
    if (name === timeoutHeader) deadline = Date.now() + parseTimeout(value)
    else if (name.startsWith(prefix)) (metadata ??= createMetadata()).set(name.slice(prefix.length), value)
    else if (plainNames.has(name) && headers[prefix + name] === undefined)
      (metadata ??= createMetadata()).set(name, value)
  }
  return { metadata, deadline }
}

/** Writes metadata and deadline, the well-known names under both forms. */
export function writeRequestHead(
  headers: Record<string, string>,
  metadata: Metadata,
  deadline: number | undefined,
): void {
  for (const [key, value] of metadata) {
    headers[prefix + key] = value
    if (plainNames.has(key)) headers[key] = value
  }
  if (deadline !== undefined) headers[timeoutHeader] = String(remainingMs(deadline))
}

/** Writes a reply's header, and its trailer where that is known already. */
export function writeReplyHead(
  set: (name: string, value: string) => void,
  header: Metadata,
  trailer?: Metadata,
): void {
  if (header.size > 0) for (const [key, value] of header) set(prefix + key, value)
  if (trailer !== undefined && trailer.size > 0)
    for (const [key, value] of trailer) set(trailerPrefix + key, value)
}

/** Reads a reply's header and trailer, and gives back its content type. */
export function readReplyHead(
  headers: Iterable<readonly [name: string, value: string]>,
  header: Metadata,
  trailer: Metadata,
): string {
  let contentType = ''
  for (const [name, value] of headers) {
    if (name === 'content-type') contentType = value
    else if (name.startsWith(trailerPrefix)) appendIfSound(trailer, name.slice(trailerPrefix.length), value)
    else if (name.startsWith(prefix)) appendIfSound(header, name.slice(prefix.length), value)
  }
  return contentType
}

/** Whether a client understands streams that tell how they ended. */
export function acceptsEnvelope(accept: string | undefined): boolean {
  return accept !== undefined && /application\/x-ndjson\s*;\s*envelope=1/.test(accept)
}

/** The media type without its parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  // As most clients write it, nothing is to be cut off.
  if (contentType === jsonType) return jsonType
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
}
