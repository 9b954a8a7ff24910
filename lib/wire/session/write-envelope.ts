import { RpcError } from '../../core/errors.ts'
import type { Metadata } from '../../core/metadata.ts'
import { errorToJson } from '../error-json.ts'
import { tooLargeError } from '../too-large.ts'
import { utf8Length } from '../utf8-length.ts'

/** Who an envelope is for: names and id as JSON text, since they stand in every envelope of a call. */
export interface Label {
  readonly service: string
  readonly method: string
  readonly id: string
}

/** Makes the label of a call. */
export function labelOf(service: string, method: string, id: string): Label {
  return { service: JSON.stringify(service), method: JSON.stringify(method), id: JSON.stringify(id) }
}

/** Writes the envelopes of one call. Payloads are JSON text already. */
export interface EnvelopeWriter {
  /** One message that opens a call. */
  request(label: Label, payload: string, metadata: string): string
  /** Opens a call that streams in; what comes before its first item, where the peer understands that. */
  open(label: Label, metadata: string): string
  response(label: Label, payload: string, metadata: string): string
  failure(type: 'response' | 'stream_end', label: Label, error: RpcError, metadata: string): string
  /** An item; `metadata` only where it opens a call. */
  push(label: Label, payload: string, metadata?: string): string
  end(label: Label, metadata: string): string
}

/** No metadata, as JSON text. */
export const noMetadata = '{}'

/** What both sides may leave out once they agreed on `microapi.v1`: everything that is at its default. */
export const shortWriter: EnvelopeWriter = {
  request: (label, payload, metadata) =>
    `{"type":"request","service":${label.service},"method":${label.method},"id":${label.id},"payload":${payload}${tail(metadata)}`,
  open: (label, metadata) =>
    `{"type":"open","service":${label.service},"method":${label.method},"id":${label.id}${tail(metadata)}`,
  response: ({ id }, payload, metadata) =>
    `{"type":"response","id":${id},"payload":${payload}${tail(metadata)}`,
  failure: (type, { id }, error, metadata) =>
    `{"type":"${type}","id":${id}${metadataOf(metadata)},${failureKeys(error)}}`,
  push: ({ id }, payload) => `{"type":"stream_push","id":${id},"payload":${payload}}`,
  end: ({ id }, metadata) => `{"type":"stream_end","id":${id}${tail(metadata)}`,
}

/** Every key in its order, as the Python package writes them. */
export const fullWriter: EnvelopeWriter = {
  request: (label, payload, metadata) => full('request', label, payload, metadata),
  open: (label, metadata) => full('open', label, 'null', metadata),
  response: (label, payload, metadata) => full('response', label, payload, metadata),
  failure: (type, label, error, metadata) =>
    `${fullHead(type, label)},"payload":null,"metadata":${metadata},${failureKeys(error)}}`,
  push: (label, payload, metadata = noMetadata) => full('stream_push', label, payload, metadata),
  end: (label, metadata) => full('stream_end', label, 'null', metadata),
}

function full(type: string, label: Label, payload: string, metadata: string): string {
  return `${fullHead(type, label)},"payload":${payload},"metadata":${metadata},"error":null,"status_code":0}`
}

function fullHead(type: string, { service, method, id }: Label): string {
  return `{"type":"${type}","service":${service},"method":${method},"id":${id}`
}

function tail(metadata: string): string {
  return metadata === noMetadata ? '}' : `,"metadata":${metadata}}`
}

function metadataOf(metadata: string): string {
  return metadata === noMetadata ? '' : `,"metadata":${metadata}`
}

/**
 * What stands around a payload must fit into the room that a peer leaves for it (64 KiB), or the connection would end
 * by it, and all other calls with it: so many bytes of metadata, or of a failure.
 */
const maxAroundBytes = 49_152

function failureKeys(error: RpcError): string {
  const { error: message, status_code, code, reason, details, retryable } = errorToJson(error)
  // What Python reads stands first, as in its own envelopes.
  const keys = { error: message, status_code, code, reason, details, retryable }
  const text = textOrNothing(keys)
  if (text !== undefined && utf8Length(text) <= maxAroundBytes) return text.slice(1, -1)
  // A failure that cannot be told whole is told in short: the call ends by it in any case.
  const short = {
    error: message.slice(0, 1_024),
    status_code,
    code,
    reason: reason?.slice(0, 1_024),
    retryable,
  }
  return JSON.stringify(short).slice(1, -1)
}

function textOrNothing(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** The header of a reply, before its first item. */
export function headerEnvelope({ id }: Label, metadata: string): string {
  return `{"type":"header","id":${id}${tail(metadata)}`
}

/** The caller has no use for the call any more. */
export function cancelEnvelope({ id }: Label): string {
  return `{"type":"cancel","id":${id}}`
}

/** The reader has taken so much. */
export function creditEnvelope({ id }: Label, items: number, bytes: number): string {
  return `{"type":"credit","id":${id},"payload":{"items":${items},"bytes":${bytes}}}`
}

/** Asks whether the peer lives, and the answer. */
export const pingEnvelope = '{"type":"ping"}'
export const pongEnvelope = '{"type":"ping","payload":{"answer":true}}'

/** What is no envelope is answered so; the connection goes on. */
export const invalidMessage = '{"error": "Invalid message format"}'

/**
 * Metadata as JSON text, with the ms that are left of the call's time. Throws RESOURCE_EXHAUSTED where they are more
 * than an envelope has room for.
 */
export function writeMetadata(metadata: Metadata | undefined, remainingMs?: number): string {
  const timeout = remainingMs === undefined ? '' : `"timeout-ms":"${Math.max(0, Math.ceil(remainingMs))}"`
  if (metadata === undefined || metadata.size === 0) return `{${timeout}}`
  const text = JSON.stringify(metadata)
  if (text.length > maxAroundBytes) {
    throw new RpcError(
      'RESOURCE_EXHAUSTED',
      `metadata of ${text.length} bytes: an envelope takes ${maxAroundBytes}`,
      {
        reason: 'METADATA_TOO_LARGE',
      },
    )
  }
  return timeout === '' ? text : `${text.slice(0, -1)},${timeout}}`
}

/** A message as JSON text. Throws RESOURCE_EXHAUSTED where it has more bytes than a message may have. */
export function writeMessage(
  stringify: (message: unknown) => string,
  message: unknown,
  maxBytes: number,
): string {
  const text = stringify(message)
  // A unit of UTF-16 is at most three bytes: short texts need no counting.
  if (text.length * 3 > maxBytes && utf8Length(text) > maxBytes) throw tooLargeError(maxBytes)
  return text
}
