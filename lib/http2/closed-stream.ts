import { refuse } from './close-stream.ts'
import { connectionError } from './error.ts'
import type { ConnectionState } from './state.ts'
import { isIdle, isPeers } from './stream-ids.ts'

/** A frame on a stream that is not open: idle, closed, or reset by us while the frame was on its way (RFC 9113 §5.1). */
export function onClosedStream(c: ConnectionState, id: number, what: 'DATA' | 'HEADERS'): void {
  if (isIdle(c, id)) throw connectionError('PROTOCOL_ERROR', `${what} on stream ${id}, which is idle`)
  if (c.wasReset.has(id) || isBehindGoaway(c, id)) {
    if (what === 'HEADERS') c.flood.count('empties')
    return
  }
  if (what === 'DATA' || !isPeers(c, id)) return refuse(c, id, 'STREAM_CLOSED')
  // An id that was left out can no more be used; all were used if their number says so.
  const allUsed = c.peerOpened === Math.ceil(c.lastPeerId / 2)
  throw connectionError(
    allUsed ? 'STREAM_CLOSED' : 'PROTOCOL_ERROR',
    `HEADERS on stream ${id}, behind those on ${c.lastPeerId}`,
  )
}

/** Whether our GOAWAY has said that such a stream is not taken; the peer knows, and need not be told again. */
export function isBehindGoaway(c: ConnectionState, id: number): boolean {
  return c.goawaySent >= 0 && id > c.goawaySent && isPeers(c, id)
}
