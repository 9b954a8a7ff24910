import { remainingMs } from '../../core/deadline.ts'
import type { RpcError } from '../../core/errors.ts'
import type { Metadata } from '../../core/metadata.ts'
import { errorToJson } from '../error-json.ts'

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

function failureKeys(error: RpcError): string {
  const { error: message, status_code, code, reason, details, retryable } = errorToJson(error)
  // What Python reads stands first, as in its own envelopes.
  return JSON.stringify({ error: message, status_code, code, reason, details, retryable }).slice(1, -1)
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

/** Metadata as JSON text, with what is left of the time until `deadline`. */
export function writeMetadata(metadata: Metadata | undefined, deadline?: number): string {
  if (deadline === undefined)
    return metadata === undefined || metadata.size === 0 ? noMetadata : JSON.stringify(metadata)
  const timeout = `"timeout-ms":"${remainingMs(deadline)}"`
  if (metadata === undefined || metadata.size === 0) return `{${timeout}}`
  return `${JSON.stringify(metadata).slice(0, -1)},${timeout}}`
}
