import type { Reply } from '../../core/call.ts'
import { addMetadata, createMetadata } from '../../core/metadata.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { noMetadata, writeMessage, writeMetadata, type Label } from './write-envelope.ts'
import { headerEnvelope } from './write-reply.ts'

/** The header of a reply as an envelope; undefined where there is none to send: a peer that knows no header gets it with the trailer. */
export function headerText(
  label: Label,
  { header }: Reply,
  isStream: boolean,
  negotiated: boolean,
): string | undefined {
  if (!negotiated || (header.size === 0 && !isStream)) return undefined
  return headerEnvelope(label, writeMetadata(header))
}

/** The metadata of a reply's last envelope. */
export function trailerText({ header, trailer }: Reply, negotiated: boolean): string {
  if (trailer.size === 0 && (negotiated || header.size === 0)) return noMetadata
  if (negotiated || header.size === 0) return writeMetadata(trailer)
  const all = createMetadata(header)
  addMetadata(all, trailer)
  return writeMetadata(all)
}

/** A message of a reply. Throws RESOURCE_EXHAUSTED where it is too large. */
export function outputText(
  description: MethodDescription | undefined,
  message: unknown,
  maxBytes: number,
): string {
  return writeMessage(description?.compiled.output.stringify ?? stringifyAny, message, maxBytes)
}

function stringifyAny(message: unknown): string {
  return JSON.stringify(message ?? {})
}
