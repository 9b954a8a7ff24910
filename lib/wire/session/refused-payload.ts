import type { RpcError } from '../../core/errors.ts'
import { refusalOf } from '../json.ts'
import { tooLargeError } from '../too-large.ts'
import { utf8Length } from '../utf8-length.ts'
import type { Envelope } from './envelope.ts'
import type { SessionSettings } from './port.ts'

/** Why what an envelope brings may not be used: nested too deep, keys that could change an object's prototype, too large. */
export function refusedPayload(
  text: string,
  bytes: number,
  { payload, details }: Envelope,
  { maxMessageBytes, maxDepth }: SessionSettings,
): RpcError | undefined {
  // Each by itself: the envelope around them is no level of theirs. The depth comes first: to measure the payload is to walk over it.
  return (
    (payload === undefined ? undefined : refusalOf(text, payload, maxDepth)) ??
    (details === undefined ? undefined : refusalOf(text, details, maxDepth)) ??
    (isLarger(payload, bytes, maxMessageBytes) ? tooLargeError(maxMessageBytes) : undefined)
  )
}

/** Whether the payload of an envelope of so many bytes is past the limit. What stands around it is small: only where that matters is it measured. */
function isLarger(payload: unknown, bytes: number, maxBytes: number): boolean {
  return bytes > maxBytes && utf8Length(JSON.stringify(payload ?? null)) > maxBytes
}
