import type { BlockOctets } from './block-cache.ts'
import { endRemote, streamError } from './close-stream.ts'
import { connectionError } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { Frame, PendingHeaders } from './incoming.ts'
import { flags } from './protocol.ts'
import { isBad, readBlock, type BadBlock } from './read-block.ts'
import { onRequest } from './receive-request.ts'
import type { ConnectionState, StreamState } from './state.ts'
import { tellHeaders, tellInterim } from './tell.ts'

const dependsOnItself: BadBlock = { code: 'PROTOCOL_ERROR', problem: 'the stream depends on itself' }

/** A HEADERS frame, RFC 9113 §6.2. */
export function onHeaders(c: ConnectionState, frame: Frame): void {
  const { streamId, buffer } = frame
  if (streamId === 0) throw connectionError('PROTOCOL_ERROR', 'HEADERS on stream 0')
  let { start, end } = frame
  if ((frame.flags & flags.padded) !== 0) {
    if (start >= end) throw connectionError('FRAME_SIZE_ERROR', 'HEADERS without the length of their padding')
    end -= buffer[start++]!
  }
  let loop = false
  if ((frame.flags & flags.priority) !== 0) {
    if (start + 5 > frame.end)
      throw connectionError('FRAME_SIZE_ERROR', 'HEADERS without the priority that they announce')
    // Read and ignored but for what RFC 7540 §5.3.1 forbids.
    loop = (buffer.readUInt32BE(start) & 0x7fff_ffff) === streamId
    start += 5
  }
  if (end < start) throw connectionError('PROTOCOL_ERROR', 'padding is longer than the frame')
  const endStream = (frame.flags & flags.endStream) !== 0
  if ((frame.flags & flags.endHeaders) !== 0)
    return onBlock(c, { streamId, endStream, loop }, { buffer, start, end })
  checkSize(c, end - start)
  const octets = Buffer.from(buffer.subarray(start, end))
  c.incoming.headers = {
    streamId,
    endStream,
    loop,
    octets,
    size: octets.length,
    frames: 1,
    since: c.sink.now(),
  }
}

/** A CONTINUATION frame, RFC 9113 §6.10. */
export function onContinuation(c: ConnectionState, frame: Frame): void {
  const pending = c.incoming.headers
  if (!pending)
    throw connectionError('PROTOCOL_ERROR', `CONTINUATION on stream ${frame.streamId} without HEADERS`)
  const size = pending.size + frame.end - frame.start
  checkSize(c, size)
  // Empty ones are free, and small ones nearly so: their number is limited too (CVE-2024-27316 and its kin).
  if (++pending.frames > c.settings.maxContinuations)
    throw connectionError(
      'ENHANCE_YOUR_CALM',
      `a header block in more than ${c.settings.maxContinuations} frames (maxContinuations)`,
    )
  if (size > pending.octets.length) {
    const room = Buffer.allocUnsafe(2 * size)
    pending.octets.copy(room, 0, 0, pending.size)
    pending.octets = room
  }
  frame.buffer.copy(pending.octets, pending.size, frame.start, frame.end)
  pending.size = size
  if ((frame.flags & flags.endHeaders) === 0) return
  c.incoming.headers = undefined
  onBlock(c, pending, { buffer: pending.octets, start: 0, end: size })
}

// Compressed octets can be more than the list only where somebody wastes them: past twice the limit nothing is read any more.
function checkSize(c: ConnectionState, size: number): void {
  const limit = 2 * c.settings.maxHeaderListSize + 1024
  if (size > limit)
    throw connectionError(
      'ENHANCE_YOUR_CALM',
      `a header block of more than ${limit} octets (maxHeaderListSize)`,
    )
}

type BlockHead = Pick<PendingHeaders, 'streamId' | 'endStream' | 'loop'>

function onBlock(c: ConnectionState, { streamId, endStream, loop }: BlockHead, octets: BlockOctets): void {
  // Decoded whatever becomes of it: the table has to stay the peer's.
  const decoded = readBlock(c, octets)
  const block = loop ? dependsOnItself : decoded
  const stream = c.streams.get(streamId)
  if (stream === undefined) onRequest(c, streamId, block, endStream)
  else onMore(stream, block, endStream)
}

/** Headers on a stream that is open: a response, an interim one, or trailers. */
function onMore(stream: StreamState, block: HeaderBlock | BadBlock, endStream: boolean): void {
  if (stream.remoteEnded) return streamError(stream, 'STREAM_CLOSED', 'HEADERS behind the end of the stream')
  if (isBad(block)) return streamError(stream, block.code, block.problem)
  if (block.kind === 'trailers') {
    if (stream.headers === undefined) return streamError(stream, 'PROTOCOL_ERROR', ':status is missing')
    if (!endStream) return streamError(stream, 'PROTOCOL_ERROR', 'trailers that do not end the stream')
    return endRemote(stream, block)
  }
  if (stream.connection.isServer || block.kind === 'request' || stream.headers !== undefined)
    return streamError(stream, 'PROTOCOL_ERROR', `${block.fields[0]} where it has no place`)
  if (block.kind === 'response') return onResponse(stream, block, endStream)
  if (endStream) return streamError(stream, 'PROTOCOL_ERROR', 'an interim response that ends the stream')
  // They cost the peer little, and there is no end to them by themselves.
  stream.connection.flood.count('empties')
  tellInterim(stream, block)
}

function onResponse(stream: StreamState, block: HeaderBlock, endStream: boolean): void {
  stream.headers = block
  // RFC 9110 §6.4.1: these have no content, whatever content-length says.
  const hasContent = !stream.isHead && block.status !== 204 && block.status !== 304
  stream.expected = hasContent ? block.contentLength : endStream ? -1 : 0
  tellHeaders(stream, block)
  if (endStream && !stream.closed) endRemote(stream, undefined)
}
