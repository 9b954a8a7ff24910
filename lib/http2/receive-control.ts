import { closeStream, refuse, streamError } from './close-stream.ts'
import { connectionError, errorName, Http2Error } from './error.ts'
import { finishWhenIdle } from './end-connection.ts'
import type { Frame } from './incoming.ts'
import { greatest31 } from './protocol.ts'
import { tell } from './tell.ts'
import { pump } from './pump.ts'
import type { ConnectionState } from './state.ts'
import { isIdle, isPeers } from './stream-ids.ts'

/** A PRIORITY frame, RFC 9113 §6.3: read, and ignored. */
export function onPriority(c: ConnectionState, { streamId: id, buffer, start, end }: Frame): void {
  if (id === 0) throw connectionError('PROTOCOL_ERROR', 'PRIORITY on stream 0')
  c.flood.count('priorities')
  const size = end - start
  const code =
    size !== 5 ? 'FRAME_SIZE_ERROR' : (buffer.readUInt32BE(start) & greatest31) === id && 'PROTOCOL_ERROR'
  if (!code) return
  const message = `PRIORITY of ${size} octets, or on the stream itself`
  // An idle stream cannot be reset.
  if (isIdle(c, id)) throw connectionError(code, message)
  const stream = c.streams.get(id)
  if (stream) streamError(stream, code, message)
  else refuse(c, id, code)
}

/** A RST_STREAM frame, RFC 9113 §6.4. */
export function onReset(c: ConnectionState, { streamId: id, buffer, start, end }: Frame): void {
  if (id === 0 || isIdle(c, id))
    throw connectionError('PROTOCOL_ERROR', `RST_STREAM on stream ${id}, which is idle`)
  if (end - start !== 4) throw connectionError('FRAME_SIZE_ERROR', `RST_STREAM of ${end - start} octets`)
  c.flood.count('resets')
  const stream = c.streams.get(id)
  if (!stream) return
  const number = buffer.readUInt32BE(start)
  const code = errorName(number)
  // "Enough, I have answered" after a full response is no failure (RFC 9113 §8.1).
  const fine = code === 'NO_ERROR' && stream.remoteEnded && !c.isServer
  const unprocessed = code === 'REFUSED_STREAM'
  const message = `the peer reset the stream: ${code}${errorName(number) === 'INTERNAL_ERROR' && number !== 2 ? ` (${number})` : ''}`
  closeStream(stream, fine ? undefined : new Http2Error(code, message, { remote: true, unprocessed }))
}

/** A GOAWAY frame, RFC 9113 §6.8. */
export function onGoaway(c: ConnectionState, { streamId: id, buffer, start, end }: Frame): void {
  if (id !== 0) throw connectionError('PROTOCOL_ERROR', `GOAWAY on stream ${id}`)
  if (end - start < 8) throw connectionError('FRAME_SIZE_ERROR', `GOAWAY of ${end - start} octets`)
  c.flood.count('settings')
  const last = buffer.readUInt32BE(start) & greatest31
  if (c.goawayReceived >= 0 && last > c.goawayReceived)
    throw connectionError('PROTOCOL_ERROR', 'GOAWAY names a later stream than before')
  c.goawayReceived = last
  const code = errorName(buffer.readUInt32BE(start + 4))
  const said = buffer
    .toString('latin1', start + 8, Math.min(end, start + 8 + 128))
    .replaceAll(/[^\x20-\x7e]/g, '?')
  const message = `the peer ends the connection: ${code}${said && `: ${said}`}`
  const error = new Http2Error(code, message, { scope: 'connection', remote: true, unprocessed: true })
  if (code !== 'NO_ERROR')
    c.goawayError = new Http2Error(code, message, { scope: 'connection', remote: true })
  // Before the streams hear of it: one that is sent again belongs on another connection.
  if (!c.isServer) c.draining = true
  for (const stream of c.waiting) closeStream(stream, error)
  for (const stream of c.streams.all())
    if (stream.id > last && !isPeers(c, stream.id)) closeStream(stream, error)
  tell(c, () => c.listener.onGoaway?.(error))
  if (!c.isServer) finishWhenIdle(c)
}

/** A WINDOW_UPDATE frame, RFC 9113 §6.9. */
export function onWindowUpdate(c: ConnectionState, { streamId: id, buffer, start, end }: Frame): void {
  if (end - start !== 4) throw connectionError('FRAME_SIZE_ERROR', `WINDOW_UPDATE of ${end - start} octets`)
  const more = buffer.readUInt32BE(start) & greatest31
  c.flood.count('windowUpdates')
  if (id === 0) {
    if (more === 0) throw connectionError('PROTOCOL_ERROR', 'WINDOW_UPDATE by nothing')
    c.sendWindow += more
    if (c.sendWindow > greatest31)
      throw connectionError('FLOW_CONTROL_ERROR', 'the window of the connection overflows')
    return pump(c)
  }
  const stream = c.streams.get(id)
  if (!stream) {
    if (isIdle(c, id)) throw connectionError('PROTOCOL_ERROR', `WINDOW_UPDATE on stream ${id}, which is idle`)
    return
  }
  if (more === 0) return streamError(stream, 'PROTOCOL_ERROR', 'WINDOW_UPDATE by nothing')
  stream.sendWindow += more
  if (stream.sendWindow > greatest31)
    return streamError(stream, 'FLOW_CONTROL_ERROR', 'the window of the stream overflows')
  if (stream.waiting === undefined || stream.sendWindow <= 0) return
  c.line.join(stream)
  pump(c)
}
