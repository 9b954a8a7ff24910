import type { Envelope } from '../session/envelope.ts'

/** What a server answers an `open` with: where its session's messages go. */
export interface Offer {
  /** The server's own address at the broker. */
  readonly queue: string
  /** What the broker has made of the client's address, where it makes another of it. */
  readonly reply_to: string
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
