import type { Http2ErrorCode } from '../../../lib/http2/error.ts'
import { octetsOf, type Party } from './party.ts'
import type { Random } from './random.ts'

/** What the steps of a party need of its application. */
interface Actor {
  readonly random: Random
  note(text: string): void
}

/** Makes the list of what a party will do with its stream. */
export function makeSteps(side: Actor, party: Party): void {
  const { message, steps, cancel, role } = party
  if (role === 'server') {
    for (const interim of message.interims) steps.push(() => respond(side, party, interim))
    steps.push(() => respond(side, party, message.headers))
  }
  for (const [i, size] of message.chunks.entries()) {
    const end = message.end === 'data' && i === message.chunks.length - 1
    steps.push(() => send(side, party, size, end))
  }
  if (message.end === 'empty') steps.push(() => send(side, party, 0, true))
  if (message.end === 'trailers') steps.push(() => sendTrailers(side, party))
  if (typeof cancel?.at === 'number') {
    const { code } = cancel
    steps.splice(Math.min(cancel.at, steps.length), 0, () => reset(side, party, code))
  }
  if (role === 'server' && party.plan.enough) {
    steps.push(() => {
      if (party.sent.ended && !party.got.ended) reset(side, party, 'NO_ERROR')
    })
  }
}

/** Gives up. */
export function reset(side: Actor, party: Party, code: Http2ErrorCode): void {
  if (party.stream.closed) return
  side.note(`${party.stream.id} resets ${code}`)
  party.ownReset = code
  party.stream.reset(code)
}

function respond(side: Actor, party: Party, headers: Party['message']['headers']): void {
  const { sent, stream, message } = party
  const last = headers === message.headers
  const end = last && message.end === 'headers'
  if (last) {
    sent.headers = headers
    sent.ended = end
    // One that the peer does not take is not sent at all.
  } else if (headers.size <= stream.connection.peer.maxHeaderListSize) sent.interims.push(headers)
  stream.respond(headers.init, { ...headers.options, end })
}

function send(side: Actor, party: Party, size: number, end: boolean): void {
  const { sent, stream, message } = party
  const octets = octetsOf(party, size)
  sent.octets += size
  sent.ended = end
  const at = size <= 16_384 && side.random.chance(0.2) ? stream.begin(size) : -1
  if (at >= 0) {
    octets.copy(stream.connection.output.buffer, at)
    return stream.commit(size, end)
  }
  const given = side.random.chance(0.3) ? octets.toString('latin1') : octets
  if (end) return stream.end(size === 0 && side.random.chance(0.5) ? undefined : given)
  // What was said before may have been told already: onDrain comes inside of write().
  const wrote = stream.write(given)
  party.waitsForDrain = !wrote && message.polite && stream.queued > 0 && !stream.closed
}

function sendTrailers(_: Actor, party: Party): void {
  const { sent, stream, message } = party
  const trailers = message.trailers!
  sent.trailers = trailers
  sent.ended = true
  stream.sendTrailers(trailers.init, trailers.options)
}
