import { refuse } from './close-stream.ts'
import { isBehindGoaway, onClosedStream } from './closed-stream.ts'
import type { HeaderBlock } from './header-block.ts'
import { isBad, type BadBlock } from './read-block.ts'
import type { ConnectionState } from './state.ts'
import { isPeers } from './stream-ids.ts'
import { tellEnd, tellStream } from './tell.ts'

/** HEADERS on a stream that is not open: a request, or a mistake. */
export function onRequest(
  c: ConnectionState,
  id: number,
  block: HeaderBlock | BadBlock,
  endStream: boolean,
): void {
  if (!c.isServer || !isPeers(c, id) || id <= c.lastPeerId) return onClosedStream(c, id, 'HEADERS')
  c.lastPeerId = id
  c.peerOpened++
  // Not begun; the client knows (RFC 9113 §6.8).
  if (isBehindGoaway(c, id)) return c.flood.count('resets')
  if (isBad(block)) return refuse(c, id, block.code)
  const bodyIsMissing = endStream && block.contentLength > 0
  if (block.kind !== 'request' || bodyIsMissing) return refuse(c, id, 'PROTOCOL_ERROR')
  if (c.openByPeer >= c.settings.maxConcurrentStreams) return refuse(c, id, 'REFUSED_STREAM')
  const stream = c.accept(id)
  stream.headers = block
  stream.expected = block.contentLength
  stream.isHead = block.method === 'HEAD'
  stream.remoteEnded = endStream
  c.streams.add(stream)
  c.openByPeer++
  tellStream(stream)
  if (endStream && !stream.closed) tellEnd(stream, undefined)
}
