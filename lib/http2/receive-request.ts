import type { Malformed } from './check-block.ts'
import { isPeers, streamError } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { connectionError } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import { sizeProblem, type Oversized } from './receive-headers.ts'
import { Stream } from './stream.ts'
import { tellEnd, tellStream } from './tell.ts'

/** HEADERS on a stream that is not open: a request, or a mistake. */
export function onRequest(
  c: Connection,
  id: number,
  block: HeaderBlock | Malformed | Oversized,
  end: boolean,
): void {
  if (!c.isServer || !isPeers(c, id) || id <= c.lastPeerId) return onClosedStream(c, id, 'HEADERS')
  c.lastPeerId = id
  c.peerOpened++
  // Behind our GOAWAY nothing is begun; the client knows (RFC 9113 §6.8).
  if (c.goawaySent >= 0 && id > c.goawaySent) return c.flood.count('resets')
  if ('oversized' in block) return streamError(c, id, undefined, 'ENHANCE_YOUR_CALM', sizeProblem(c))
  if ('malformed' in block) return streamError(c, id, undefined, 'PROTOCOL_ERROR', block.malformed)
  if (block.kind !== 'request')
    return streamError(c, id, undefined, 'PROTOCOL_ERROR', 'headers of a request are due')
  if (end && block.contentLength > 0)
    return streamError(c, id, undefined, 'PROTOCOL_ERROR', 'a body is missing')
  if (c.openByPeer >= c.settings.maxConcurrentStreams)
    return streamError(
      c,
      id,
      undefined,
      'REFUSED_STREAM',
      `more than ${c.settings.maxConcurrentStreams} streams`,
    )
  const stream = new Stream(c, id)
  stream.headers = block
  stream.expected = block.contentLength
  stream.isHead = block.method === 'HEAD'
  stream.remoteEnded = end
  c.streams.add(stream)
  c.openByPeer++
  tellStream(stream)
  if (end && !stream.closed) tellEnd(stream, undefined)
}

/** A frame on a stream that is not open: idle, closed, or reset by us while the frame was on its way (RFC 9113 §5.1). */
export function onClosedStream(c: Connection, id: number, what: 'DATA' | 'HEADERS'): void {
  if (isIdle(c, id)) throw connectionError('PROTOCOL_ERROR', `${what} on stream ${id}, which is idle`)
  if (c.wasReset.has(id) || (c.goawaySent >= 0 && isPeers(c, id) && id > c.goawaySent)) return
  if (what === 'DATA' || !isPeers(c, id))
    return streamError(c, id, undefined, 'STREAM_CLOSED', `${what} on stream ${id}, which is closed`)
  // An id that was left out can no more be used; all were used if their number says so.
  const allUsed = c.peerOpened === Math.ceil(c.lastPeerId / 2)
  throw connectionError(
    allUsed ? 'STREAM_CLOSED' : 'PROTOCOL_ERROR',
    `HEADERS on stream ${id}, behind ${c.lastPeerId}`,
  )
}

/** Whether no stream of that id has ever been. */
export function isIdle(c: Connection, id: number): boolean {
  return isPeers(c, id) ? id > c.lastPeerId : id >= c.nextId
}
