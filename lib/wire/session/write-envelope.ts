import { RpcError } from '../../core/errors.ts'
import type { Metadata } from '../../core/metadata.ts'
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
  /** An item; `metadata` only where it opens a call. */
  push(label: Label, payload: string, metadata?: string): string
  end(label: Label, metadata: string): string
}

/** No metadata, as JSON text. */
export const noMetadata = '{}'

/** What both sides may leave out once they agreed on `microapi.v1`: everything that is at its default. */
export const shortWriter: EnvelopeWriter = {
  request: (label, payload, metadata) =>
    `${fullHead('request', label)},"payload":${payload}${tail(metadata)}`,
  open: (label, metadata) => fullHead('open', label) + tail(metadata),
  push: ({ id }, payload) => `{"type":"stream_push","id":${id},"payload":${payload}}`,
  end: ({ id }, metadata) => `{"type":"stream_end","id":${id}${tail(metadata)}`,
}

/** Every key in its order, as the Python package writes them. */
export const fullWriter: EnvelopeWriter = {
  request: (label, payload, metadata) => full('request', label, payload, metadata),
  open: (label, metadata) => full('open', label, 'null', metadata),
  push: (label, payload, metadata = noMetadata) => full('stream_push', label, payload, metadata),
  end: (label, metadata) => full('stream_end', label, 'null', metadata),
}

/** An envelope with every key. */
export function full(type: string, label: Label, payload: string, metadata: string): string {
  return `${fullHead(type, label)},"payload":${payload},"metadata":${metadata},"error":null,"status_code":0}`
}

/** Writes requests that differ in their ids and payloads alone. The ids are hex digits. */
export function fullRequests(
  service: string,
  method: string,
  metadata: string,
): (id: string, payload: string) => string {
  const before = fullHead('request', labelOf(service, method, '')).slice(0, -1)
  const behind = `,"metadata":${metadata},"error":null,"status_code":0}`
  return (id, payload) => `${before}${id}","payload":${payload}${behind}`
}

/** Its beginning. */
export function fullHead(type: string, { service, method, id }: Label): string {
  return `{"type":"${type}","service":${service},"method":${method},"id":${id}`
}

/** The end of a short envelope. */
export function tail(metadata: string): string {
  return metadata === noMetadata ? '}' : `,"metadata":${metadata}}`
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

/**
 * What stands around a payload must fit into the room that a peer leaves for it (64 KiB), or the connection would end
 * by it, and all other calls with it: so many bytes of metadata, or of a failure.
 */
export const maxAroundBytes = 49_152

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
