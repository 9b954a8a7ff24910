import { connectionError } from './error.ts'
import { tell } from './tell.ts'
import type { Frame } from './incoming.ts'
import { flags, frameTypes } from './protocol.ts'
import type { ConnectionState, OnAnswer } from './state.ts'

/** What our PINGs begin with; their number follows. */
const mark = 0x6d61_7069

/** Sends a PING, RFC 9113 §6.7. */
export function ping(c: ConnectionState, onAnswer: OnAnswer): void {
  if (c.closed) return tell(c, () => onAnswer(connectionError('NO_ERROR', 'the connection was closed')))
  c.pings.push(onAnswer)
  c.output.words(frameTypes.ping, 0, 0, mark, ++c.pingsSent)
}

/** A PING of the peer, or its answer to ours. */
export function onPing(c: ConnectionState, { flags: bits, streamId, buffer, start, end }: Frame): void {
  if (streamId !== 0) throw connectionError('PROTOCOL_ERROR', `PING on stream ${streamId}`)
  if (end - start !== 8) throw connectionError('FRAME_SIZE_ERROR', `PING of ${end - start} octets`)
  if ((bits & flags.ack) !== 0) {
    // They come in order. An answer to nothing is left alone.
    const isNext =
      buffer.readUInt32BE(start) === mark &&
      buffer.readUInt32BE(start + 4) === c.pingsSent - c.pings.length + 1
    if (c.pings.length === 0 || !isNext) return c.flood.count('pings')
    const onAnswer = c.pings.shift()!
    return tell(c, () => onAnswer(undefined))
  }
  c.flood.count('pings')
  if (c.settings.minPingIntervalMs > 0) countEarly(c)
  c.output.octets(frameTypes.ping, flags.ack, 0, buffer.subarray(start, end))
}

/** Two PINGs may come too early, since clocks and networks differ; sending something makes good for them. */
function countEarly(c: ConnectionState): void {
  const { times, settings, flood } = c
  const now = c.sink.now()
  if (times.sentBefore !== flood.dataSent) times.strikes = 0
  else if (now - times.peerPingedAt < settings.minPingIntervalMs && ++times.strikes > 2)
    throw connectionError('ENHANCE_YOUR_CALM', 'too_many_pings')
  times.sentBefore = flood.dataSent
  times.peerPingedAt = now
}
