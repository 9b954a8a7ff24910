import { isNothing, readEnvelope, type Envelope } from '../session/envelope.ts'

/** Reads a body with one envelope or several, one a line; what is none is left out. */
export function readEnvelopes(body: string): readonly Envelope[] {
  // Mostly it is one.
  if (!body.includes('\n')) {
    const envelope = readEnvelope(body)
    return envelope ? [envelope] : []
  }
  return body
    .split('\n')
    .map(readEnvelope)
    .filter((envelope) => !isNothing(envelope))
}

/** Reads the number of a session's message; undefined for what is none. */
export function readCount(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
