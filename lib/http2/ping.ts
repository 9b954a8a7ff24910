import type { Connection } from './connection.ts'
import { connectionError, type Http2Error } from './error.ts'
import { flags, frameTypes } from './protocol.ts'

type OnAnswer = (error: Http2Error | undefined) => void

/** PINGs of ours that wait for their answers, and how the peer behaves with its own. */
export class Pings {
  /** By number; answers come in order. */
  readonly waiting: OnAnswer[] = []
  sent = 0
  answered = 0
  /** When the peer's last PING came, and how many came too early since we last sent something. */
  lastAt = Number.NEGATIVE_INFINITY
  strikes = 0
  dataSent = 0
}

const mark = 0x6d61_7069

/** Sends a PING, RFC 9113 §6.7. */
export function ping(c: Connection, onAnswer: OnAnswer): void {
  c.pings.waiting.push(onAnswer)
  c.output.words(frameTypes.ping, 0, 0, mark, ++c.pings.sent)
}

/** A PING of the peer, or its answer to ours. */
export function onPing(
  c: Connection,
  bits: number,
  id: number,
  buffer: Buffer,
  start: number,
  end: number,
): void {
  if (id !== 0) throw connectionError('PROTOCOL_ERROR', `PING on stream ${id}`)
  if (end - start !== 8) throw connectionError('FRAME_SIZE_ERROR', `PING of ${end - start} octets`)
  const { pings } = c
  if ((bits & flags.ack) !== 0) {
    // An answer to nothing is left alone.
    if (buffer.readUInt32BE(start) !== mark || buffer.readUInt32BE(start + 4) !== pings.answered + 1)
      return c.flood.count('pings')
    if (pings.waiting.length === 0) return c.flood.count('pings')
    pings.answered++
    return pings.waiting.shift()!(undefined)
  }
  c.flood.count('pings')
  if (c.settings.minPingIntervalMs > 0) countEarly(c)
  c.output.octets(frameTypes.ping, flags.ack, 0, buffer.subarray(start, end))
}

/** Two PINGs may come too early, since clocks and networks differ; sending something makes good for them. */
function countEarly(c: Connection): void {
  const { pings } = c
  const now = c.sink.now()
  if (pings.dataSent !== c.flood.dataSent) pings.strikes = 0
  else if (now - pings.lastAt < c.settings.minPingIntervalMs && ++pings.strikes > 2)
    throw connectionError('ENHANCE_YOUR_CALM', 'too_many_pings')
  pings.dataSent = c.flood.dataSent
  pings.lastAt = now
}
