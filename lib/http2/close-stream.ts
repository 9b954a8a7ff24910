import type { Connection } from './connection.ts'
import { errorCodes, Http2Error, type Http2ErrorCode } from './error.ts'
import { finishWhenIdle } from './end-connection.ts'
import type { HeaderBlock } from './header-block.ts'
import { frameTypes } from './protocol.ts'
import { creditConnection } from './receive-window.ts'
import type { Stream } from './stream.ts'
import { tellClose, tellEnd } from './tell.ts'

/** So many reset streams are remembered whose frames may still be on their way. */
const remembered = 1_000

/** Takes a stream out of its connection and says the last word to its listener. */
export function closeStream(stream: Stream, error: Http2Error | undefined): void {
  if (stream.closed) return
  stream.closed = true
  const c = stream.connection
  c.waiting.delete(stream)
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
  if (c.waiting.size > 0) c.line.openWaiting(c)
  if (c.draining) finishWhenIdle(c)
}

/** Our side has sent its last frame. */
export function endLocal(stream: Stream): void {
  stream.localEnded = true
  if (stream.remoteEnded) closeStream(stream, undefined)
}

/** The peer has sent its last frame. */
export function endRemote(c: Connection, stream: Stream, trailers: HeaderBlock | undefined): void {
  if (stream.expected > 0) {
    return streamError(
      c,
      stream.id,
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
export function streamError(
  c: Connection,
  id: number,
  stream: Stream | undefined,
  code: Http2ErrorCode,
  message: string,
): void {
  sendReset(c, id, code, stream?.remoteEnded ?? false)
  if (stream) closeStream(stream, new Http2Error(code, message))
  c.flood.count('resets')
}

/** Ends a stream from our side. */
export function resetStream(stream: Stream, code: Http2ErrorCode): void {
  if (stream.closed) return
  if (stream.id !== 0) sendReset(stream.connection, stream.id, code, stream.remoteEnded)
  closeStream(stream, new Http2Error(code, `the stream was reset: ${code}`, { unprocessed: stream.id === 0 }))
}

function sendReset(c: Connection, id: number, code: Http2ErrorCode, remoteEnded: boolean): void {
  c.output.words(frameTypes.rstStream, 0, id, errorCodes[code])
  if (remoteEnded) return
  c.wasReset.add(id)
  if (c.wasReset.size > remembered) c.wasReset.delete(c.wasReset.values().next().value!)
}

/** Whether the peer opens streams with such ids. */
export function isPeers(c: Connection, id: number): boolean {
  return id % 2 === (c.isServer ? 1 : 0)
}
