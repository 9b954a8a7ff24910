import { errorCodes, Http2Error, type Http2ErrorCode } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import { frameTypes } from './protocol.ts'
import { creditConnection } from './receive-window.ts'
import type { ConnectionState, StreamState } from './state.ts'
import { isPeers } from './stream-ids.ts'
import { tellClose, tellEnd } from './tell.ts'

/** So many reset streams are remembered whose frames may still be on their way. */
const remembered = 1_000

/** Takes a stream out of its connection and says the last word to its listener. */
export function closeStream(stream: StreamState, error: Http2Error | undefined): void {
  if (stream.closed) return
  stream.closed = true
  const c = stream.connection
  c.waiting.delete(stream)
  c.times.usedAt = c.times.now
  if (stream.id !== 0) {
    c.streams.delete(stream.id)
    if (isPeers(c, stream.id)) c.openByPeer--
    else c.openByUs--
  }
  if (!error) c.flood.finished++
  // Nobody will consume it now; the other streams need the room.
  if (stream.held > 0) creditConnection(c, stream.held)
  stream.held = 0
  stream.waiting = undefined
  stream.queued = 0
  c.line.leave(stream)
  tellClose(stream, error)
  c.afterClose()
}

/** Our side has sent its last frame. */
export function endLocal(stream: StreamState): void {
  stream.localEnded = true
  if (stream.remoteEnded) closeStream(stream, undefined)
}

/** The peer has sent its last frame. */
export function endRemote(stream: StreamState, trailers: HeaderBlock | undefined): void {
  if (stream.expected > 0) {
    return streamError(
      stream,
      'PROTOCOL_ERROR',
      `the body is ${stream.expected} octets shorter than content-length says`,
    )
  }
  stream.remoteEnded = true
  tellEnd(stream, trailers)
  if (stream.localEnded) closeStream(stream, undefined)
}

/** The peer has made a mistake on one stream: it is reset, and counted, since resets can be provoked without end. */
export function streamError(stream: StreamState, code: Http2ErrorCode, message: string): void {
  sendReset(stream.connection, stream.id, code, stream.remoteEnded)
  closeStream(stream, new Http2Error(code, message))
  stream.connection.flood.count('resets')
}

/** The same for a stream that is not open: a request that is not taken, or one that is over. */
export function refuse(c: ConnectionState, id: number, code: Http2ErrorCode): void {
  sendReset(c, id, code, false)
  c.flood.count('resets')
}

/** Ends a stream from our side. */
export function resetStream(
  stream: StreamState,
  code: Http2ErrorCode,
  why = `the stream was reset: ${code}`,
): void {
  if (stream.closed) return
  stream.connection.flood.cancelled++
  if (stream.id !== 0) sendReset(stream.connection, stream.id, code, stream.remoteEnded)
  closeStream(stream, new Http2Error(code, why, { unprocessed: stream.id === 0 }))
}

function sendReset(c: ConnectionState, id: number, code: Http2ErrorCode, remoteEnded: boolean): void {
  c.output.words(frameTypes.rstStream, 0, id, errorCodes[code])
  if (remoteEnded) return
  c.wasReset.add(id)
  if (c.wasReset.size > remembered) c.wasReset.delete(c.wasReset.values().next().value!)
}
