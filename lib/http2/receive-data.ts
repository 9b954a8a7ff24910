import { endRemote, streamError } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { connectionError, type Http2ErrorCode } from './error.ts'
import { flags } from './protocol.ts'
import { onClosedStream } from './receive-request.ts'
import { creditConnection, creditStream } from './receive-window.ts'
import type { Stream } from './stream.ts'
import { tellData } from './tell.ts'

/** A DATA frame, RFC 9113 §6.1. All of it counts for the windows, padding too. */
export function onData(
  c: Connection,
  bits: number,
  id: number,
  buffer: Buffer,
  from: number,
  to: number,
): void {
  if (id === 0) throw connectionError('PROTOCOL_ERROR', 'DATA on stream 0')
  const length = to - from
  c.receiveWindow -= length
  if (c.receiveWindow < 0)
    throw connectionError('FLOW_CONTROL_ERROR', 'more DATA than the window of the connection')
  let start = from
  let end = to
  if ((bits & flags.padded) !== 0) {
    if (length === 0) throw connectionError('FRAME_SIZE_ERROR', 'DATA without the length of its padding')
    end -= buffer[start++]!
    if (end < start) throw connectionError('PROTOCOL_ERROR', 'padding is longer than the frame')
  }
  const stream = c.streams.get(id)
  if (stream === undefined) {
    onClosedStream(c, id, 'DATA')
    return creditConnection(c, length)
  }
  const size = end - start
  const ends = (bits & flags.endStream) !== 0
  stream.receiveWindow -= length
  const problem = problemOf(stream, size)
  if (problem) {
    creditConnection(c, length)
    return streamError(c, id, stream, problem.code, problem.message)
  }
  if (length > size) {
    creditConnection(c, length - size)
    creditStream(stream, length - size)
  }
  if (size > 0) {
    c.flood.dataReceived++
    stream.held += size
    if (stream.expected > 0) stream.expected -= size
    tellData(stream, buffer.subarray(start, end))
  } else if (!ends) c.flood.count('empties')
  if (ends && !stream.closed) endRemote(c, stream, undefined)
}

/** What is wrong with so many octets on this stream. */
function problemOf(stream: Stream, size: number): { code: Http2ErrorCode; message: string } | undefined {
  if (stream.remoteEnded) return { code: 'STREAM_CLOSED', message: 'DATA behind the end of the stream' }
  if (stream.receiveWindow < 0)
    return { code: 'FLOW_CONTROL_ERROR', message: 'more DATA than the window of the stream' }
  if (stream.headers === undefined) return { code: 'PROTOCOL_ERROR', message: 'DATA before the headers' }
  if (stream.expected >= 0 && size > stream.expected)
    return { code: 'PROTOCOL_ERROR', message: 'the body is longer than content-length says' }
  return undefined
}
