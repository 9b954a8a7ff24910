import { endRemote, streamError } from './close-stream.ts'
import { onClosedStream } from './closed-stream.ts'
import { connectionError, type Http2ErrorCode } from './error.ts'
import type { Frame } from './incoming.ts'
import { flags } from './protocol.ts'
import { creditConnection, creditStream } from './receive-window.ts'
import type { ConnectionState, StreamState } from './state.ts'
import { tellData } from './tell.ts'

/** A DATA frame, RFC 9113 §6.1. All of it counts for the windows, padding too. */
export function onData(c: ConnectionState, frame: Frame): void {
  const { streamId, buffer } = frame
  if (streamId === 0) throw connectionError('PROTOCOL_ERROR', 'DATA on stream 0')
  let { start, end } = frame
  const length = end - start
  c.receiveWindow -= length
  if (c.receiveWindow < 0)
    throw connectionError('FLOW_CONTROL_ERROR', 'more DATA than the window of the connection')
  if ((frame.flags & flags.padded) !== 0) {
    if (length === 0) throw connectionError('FRAME_SIZE_ERROR', 'DATA without the length of its padding')
    end -= buffer[start++]!
    if (end < start) throw connectionError('PROTOCOL_ERROR', 'padding is longer than the frame')
  }
  const stream = c.streams.get(streamId)
  if (stream === undefined) {
    onClosedStream(c, streamId, 'DATA')
    if (end === start) c.flood.count('empties')
    return creditConnection(c, length)
  }
  const size = end - start
  const endStream = (frame.flags & flags.endStream) !== 0
  stream.receiveWindow -= length
  const code = mistakeIn(stream, size, length)
  if (code) {
    creditConnection(c, length)
    return streamError(stream, code, mistakes[code])
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
  } else if (!endStream) c.flood.count('empties')
  if (endStream && !stream.closed) endRemote(stream, undefined)
}

const mistakes = {
  STREAM_CLOSED: 'DATA behind the end of the stream',
  FLOW_CONTROL_ERROR: 'more DATA than the window of the stream',
  PROTOCOL_ERROR: 'DATA before the headers, or more than content-length says',
} satisfies Partial<Record<Http2ErrorCode, string>>

/** What is wrong with so many octets on this stream. */
function mistakeIn(stream: StreamState, size: number, length: number): keyof typeof mistakes | undefined {
  if (stream.remoteEnded) return 'STREAM_CLOSED'
  // Without octets a frame needs no window, and a smaller one of ours may have made it negative (RFC 9113 §6.9.2).
  if (length > 0 && stream.receiveWindow < 0) return 'FLOW_CONTROL_ERROR'
  if (stream.headers === undefined || (stream.expected >= 0 && size > stream.expected))
    return 'PROTOCOL_ERROR'
  return undefined
}
