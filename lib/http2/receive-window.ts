import { frameTypes } from './protocol.ts'
import type { ConnectionState, StreamState } from './state.ts'

/** Octets of a stream have been dealt with: the peer may send as many more, on the stream and on the connection. */
export function consume(stream: StreamState, octets: number): void {
  // What a closed stream held was given back when it closed.
  if (stream.closed || !(octets > 0)) return
  const size = Math.min(octets, stream.held)
  stream.held -= size
  creditConnection(stream.connection, size)
  creditStream(stream, size)
}

/** Gives back what one stream had: at half a window at once, rather than a frame for each message. */
export function creditStream(stream: StreamState, octets: number): void {
  stream.credit += octets
  if (stream.remoteEnded || stream.closed) return
  const c = stream.connection
  // The smaller one of what we have announced and what the peer knows: a larger window may still be on its way.
  const window = Math.min(c.settings.streamWindow, c.announcedWindow)
  if (stream.credit < window / 2 || stream.credit === 0) return
  c.output.words(frameTypes.windowUpdate, 0, stream.id, stream.credit)
  stream.receiveWindow += stream.credit
  stream.credit = 0
}

/** The same for all streams together. */
export function creditConnection(c: ConnectionState, octets: number): void {
  c.credit += octets
  if (c.credit < c.settings.connectionWindow / 2) return
  c.output.words(frameTypes.windowUpdate, 0, 0, c.credit)
  c.receiveWindow += c.credit
  c.credit = 0
}
