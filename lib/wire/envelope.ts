import { RpcError } from '../core/errors.ts'
import { createMetadata, appendIfSound, type Metadata } from '../core/metadata.ts'
import { errorFromJson, errorToJson } from './error-json.ts'

/** An envelope's types that may stand between the items of an NDJSON stream. */
export type ControlType = 'header' | 'ping' | 'stream_end'

/** What a line with an envelope in it says. */
export interface Control {
  readonly type: ControlType
  readonly metadata: Metadata
  /** Why the stream failed; only on `stream_end`. */
  readonly error: RpcError | undefined
}

/**
 * The line that ends an NDJSON stream which was negotiated with `envelope=1`: an array of one envelope, which no item
 * can be, since messages are objects. Keys at their default are left out.
 */
export function streamEndLine(trailer: Metadata, error?: RpcError): string {
  const metadata = trailer.size === 0 ? {} : { metadata: trailer.toJSON() }
  return `${JSON.stringify([{ type: 'stream_end', ...metadata, ...(error ? errorToJson(error) : {}) }])}\n`
}

/** The line that tells a waiting client that the stream still lives. */
export const pingLine = '[{"type":"ping"}]\n'

/** What a failure and metadata are read from. */
interface EnvelopeJson {
  readonly metadata?: Readonly<Record<string, unknown>> | null
  readonly error?: unknown
}

/** Reads a line that holds an envelope; throws INTERNAL for one that is none. */
export function readControl(line: readonly unknown[]): Control {
  const envelope = (line[0] ?? {}) as EnvelopeJson & { readonly type?: unknown }
  const { type, metadata: json } = envelope
  if (type !== 'header' && type !== 'ping' && type !== 'stream_end') {
    throw new RpcError('INTERNAL', `the server sent an envelope of the unknown type ${JSON.stringify(type)}`)
  }
  const metadata = createMetadata()
  if (typeof json === 'object') addReplyMetadata(metadata, json)
  return { type, metadata, error: failureOf(envelope) }
}

/** Adds a server's metadata to what is known of them. */
export function addReplyMetadata(known: Metadata, json: EnvelopeJson['metadata']): void {
  for (const key in json) appendIfSound(known, key, json[key])
}

/** The failure that an envelope tells of; undefined for success. */
export function failureOf(envelope: EnvelopeJson): RpcError | undefined {
  const { error } = envelope
  return error === undefined || error === null ? undefined : errorFromJson(envelope, 'UNKNOWN')
}
