import type { Http2Error } from '../../../lib/http2/error.ts'
import type { Party } from './party.ts'

/** What has happened to the connection, which may be why streams have failed. */
export interface Circumstances {
  /** How it was ended: a shutdown lets everything that was begun end well, the others do not. */
  readonly ending: 'shutdown' | 'destroy' | 'lost' | undefined
  /** The server has lowered its limit of streams while requests were on their way. */
  readonly limitLowered: boolean
}

/** Says what is wrong with how an exchange has ended on one side, or nothing. */
export function complaint(party: Party, circumstances: Circumstances): string | undefined {
  const { closes, error, got, sent, other } = party
  if (closes !== 1) return `onClose came ${closes} times`
  if (other && got.octets > other.sent.octets) return 'more octets came than were sent'
  if (error) return whyFailed(party, error, circumstances)
  const enough = party.role === 'client' && other?.ownReset === 'NO_ERROR'
  if (!got.ended) return 'it closed well before the end of what it received'
  if (!sent.ended && !enough) return 'it closed well before the end of what it sent'
  if (!other) return 'it closed well and the other side does not know it'
  if (got.octets !== other.sent.octets) return `${got.octets} octets came, ${other.sent.octets} were sent`
  if (got.interims.length !== other.sent.interims.length) return 'an interim response is missing'
  if (got.headers !== other.sent.headers || got.trailers !== other.sent.trailers)
    return 'headers or trailers are missing'
  return undefined
}

function whyFailed(
  party: Party,
  error: Http2Error,
  { ending, limitLowered }: Circumstances,
): string | undefined {
  const { other, ownReset } = party
  const said = `it failed: ${error.message} (${error.code}, ${error.scope}, remote: ${error.remote}, unprocessed: ${error.unprocessed})`
  if (error.unprocessed && other) return `${said}, but the server has seen it`
  if (error.scope === 'connection') {
    if (ending === undefined) return `${said}, and nobody has ended the connection`
    if (ending === 'shutdown' && !error.unprocessed) return `${said}, though a shutdown lets it end`
    return undefined
  }
  if (!error.remote && isRefusal(error) && isTooLarge(party)) return undefined
  if (!error.remote) return ownReset === error.code ? undefined : `${said}, and its user has not reset it`
  if (error.code === 'REFUSED_STREAM' && error.unprocessed && limitLowered) return undefined
  if (other?.ownReset === error.code) return undefined
  const otherFailed = other?.error && !other.error.remote && isRefusal(other.error) && isTooLarge(other)
  return otherFailed ? undefined : `${said}, and the other side has not said so (${other?.ownReset})`
}

/** Headers and trailers that are too large for the peer: which code they get is the engine's choice. */
function isRefusal({ code }: Http2Error): boolean {
  return code === 'ENHANCE_YOUR_CALM' || code === 'INTERNAL_ERROR'
}

/** Whether the party has sent headers or trailers that its peer does not take. */
function isTooLarge({ message, stream }: Party): boolean {
  const limit = stream.connection.peer.maxHeaderListSize
  return message.headers.size > limit || (message.trailers?.size ?? 0) > limit
}
