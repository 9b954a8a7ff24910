import { isNothing, readEnvelope, type Envelope } from '../../wire/session/envelope.ts'
import { attemptsHeader, deadlineHeader, type Offer } from './protocol.ts'

/** Reads the number of a session's message; undefined for what is none. */
export function readCount(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** When the call must have ended, where the header says so, in ms since the epoch. */
export function readDeadline(headers: unknown): number | undefined {
  const value: unknown = (Object(headers) as Record<string, unknown>)[deadlineHeader]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** How often a message was handled before, by us and by servers that were lost with it (which quorum queues count). */
export function readAttempts(headers: unknown): number {
  const { [attemptsHeader]: ours, 'x-delivery-count': lost } = Object(headers) as Record<string, unknown>
  return countOf(ours) + countOf(lost)
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** The envelope that answers an `open`. */
export function offerText(id: string, offer: Offer): string {
  return JSON.stringify({ type: 'open', id, payload: offer })
}

/** Reads such an answer; undefined for one that is none. */
export function readOffer({ type, payload }: Envelope): Offer | undefined {
  const { queue, reply_to } = Object(payload) as Partial<Offer>
  return type === 'open' && typeof queue === 'string' && typeof reply_to === 'string'
    ? { queue, reply_to }
    : undefined
}

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
