import type { RpcError } from '../../core/errors.ts'
import { errorToJson } from '../error-json.ts'
import { utf8Length } from '../utf8-length.ts'
import {
  full,
  fullHead,
  fullWriter,
  maxAroundBytes,
  noMetadata,
  shortWriter,
  tail,
  type EnvelopeWriter,
  type Label,
} from './write-envelope.ts'

/** Writes the envelopes of one call, as its server does. */
export interface ReplyWriter extends EnvelopeWriter {
  response(label: Label, payload: string, metadata: string): string
  failure(type: 'response' | 'stream_end', label: Label, error: RpcError, metadata: string): string
}

/** What both sides may leave out once they agreed on `microapi.v1`: everything that is at its default. */
export const shortReplies: ReplyWriter = {
  ...shortWriter,
  response: ({ id }, payload, metadata) =>
    `{"type":"response","id":${id},"payload":${payload}${tail(metadata)}`,
  failure: (type, { id }, error, metadata) =>
    `{"type":"${type}","id":${id}${metadata === noMetadata ? '' : `,"metadata":${metadata}`},${failureKeys(error)}}`,
}

/** Every key in its order, as the Python package writes them. */
export const fullReplies: ReplyWriter = {
  ...fullWriter,
  response: (label, payload, metadata) => full('response', label, payload, metadata),
  failure: (type, label, error, metadata) =>
    `${fullHead(type, label)},"payload":null,"metadata":${metadata},${failureKeys(error)}}`,
}

/** The header of a reply, before its first item. */
export function headerEnvelope({ id }: Label, metadata: string): string {
  return `{"type":"header","id":${id}${tail(metadata)}`
}

/** What is no envelope is answered so; the connection goes on. */
export const invalidMessage = '{"error": "Invalid message format"}'

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
