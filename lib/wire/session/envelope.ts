import type { RpcError } from '../../core/errors.ts'
import { parseTimeout } from '../../core/deadline.ts'
import { appendIfSound, createMetadata, type Metadata } from '../../core/metadata.ts'
import { errorFromJson } from '../error-json.ts'
import { refusalOf } from '../json.ts'
import { tooLargeError } from '../too-large.ts'
import { utf8Length } from '../utf8-length.ts'
import type { SessionSettings } from './port.ts'

/** One message of the envelope protocol, as it came: only `type` and the kinds of what is there have been checked. */
export interface Envelope {
  readonly type: string
  readonly service?: string | null
  readonly method?: string | null
  readonly id?: string | null
  readonly payload?: unknown
  readonly metadata?: Readonly<Record<string, unknown>> | null
  readonly error?: unknown
}

/** The longest id of a call. */
const maxIdLength = 1_024

/** Reads an envelope; undefined for what is none. */
export function readEnvelope(text: string): Envelope | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isEnvelope(value) ? value : undefined
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false
  const { type, service, method, id, metadata } = value as Record<string, unknown>
  return (
    typeof type === 'string' &&
    isTextOrNothing(service) &&
    isTextOrNothing(method) &&
    isTextOrNothing(id) &&
    (typeof id !== 'string' || id.length <= maxIdLength) &&
    (metadata === undefined || typeof metadata === 'object')
  )
}

function isTextOrNothing(value: unknown): boolean {
  return isNothing(value) || typeof value === 'string'
}

/** Whether a key is missing, or null, as the Python package writes what it has not. */
export function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** Why the payload may not be used: nested too deep, keys that could change an object's prototype, too large. */
export function refusedPayload(
  text: string,
  bytes: number,
  { payload }: Envelope,
  { maxMessageBytes, maxDepth }: SessionSettings,
): RpcError | undefined {
  // The envelope is one level itself. The depth comes first: to measure the payload is to walk over it.
  return (
    refusalOf(text, payload, maxDepth + 1) ??
    (isLarger(payload, bytes, maxMessageBytes) ? tooLargeError(maxMessageBytes) : undefined)
  )
}

/** Whether the payload of an envelope of so many bytes is past the limit. What stands around it is small: only where that matters is it measured. */
function isLarger(payload: unknown, bytes: number, maxBytes: number): boolean {
  return bytes > maxBytes && utf8Length(JSON.stringify(payload ?? null)) > maxBytes
}

const timeoutKey = 'timeout-ms'

/** What the metadata of a call's first envelope hold. */
export interface CallHead {
  readonly metadata: Metadata | undefined
  readonly timeoutMs: number | undefined
}

/** Reads a caller's metadata; throws INVALID_ARGUMENT for values that metadata cannot hold. */
export function readHead(json: Envelope['metadata']): CallHead {
  let metadata: Metadata | undefined
  let timeoutMs: number | undefined
  for (const key in json) {
    const value = json[key]
    if (key === timeoutKey) timeoutMs = parseTimeout(textOf(value))
    else (metadata ??= createMetadata()).set(key, value as string)
  }
  return { metadata, timeoutMs }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : typeof value
}

/** Adds a server's metadata to what is known of them. */
export function addReplyMetadata(into: Metadata, json: Envelope['metadata']): void {
  for (const key in json) appendIfSound(into, key, json[key])
}

/** The failure that an envelope tells of; undefined for success. */
export function failureOf(envelope: Envelope): RpcError | undefined {
  const { error } = envelope
  return error === undefined || error === null ? undefined : errorFromJson(envelope, 'UNKNOWN')
}
