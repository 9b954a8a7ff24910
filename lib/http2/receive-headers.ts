import { tellHeaders, tellInterim } from './tell.ts'
import { checkBlock, type Malformed } from './check-block.ts'
import { endRemote, streamError } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { connectionError } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import { onRequest } from './receive-request.ts'
import { flags } from './protocol.ts'
import type { Stream } from './stream.ts'

/** A header block that goes on in CONTINUATION frames. */
export interface PendingHeaders {
  readonly id: number
  readonly end: boolean
  /** The stream is said to depend on itself. */
  readonly loop: boolean
  octets: Buffer
  size: number
  frames: number
  readonly since: number
}

/** A list over `maxHeaderListSize` or `maxHeaderFields`. */
export interface Oversized {
  readonly oversized: true
}

const oversized: Oversized = { oversized: true }
const dependsOnItself: Malformed = { malformed: 'the stream depends on itself' }

/** A HEADERS frame, RFC 9113 §6.2. */
export function onHeaders(
  c: Connection,
  bits: number,
  id: number,
  buffer: Buffer,
  from: number,
  to: number,
): void {
  if (id === 0) throw connectionError('PROTOCOL_ERROR', 'HEADERS on stream 0')
  let start = from
  let end = to
  if ((bits & flags.padded) !== 0) {
    if (start >= end) throw connectionError('FRAME_SIZE_ERROR', 'HEADERS without the length of their padding')
    end -= buffer[start++]!
  }
  let loop = false
  if ((bits & flags.priority) !== 0) {
    if (start + 5 > to)
      throw connectionError('FRAME_SIZE_ERROR', 'HEADERS without the priority that they announce')
    // Read and ignored but for what RFC 7540 §5.3.1 forbids.
    loop = (buffer.readUInt32BE(start) & 0x7fff_ffff) === id
    start += 5
  }
  if (end < start) throw connectionError('PROTOCOL_ERROR', 'padding is longer than the frame')
  const ends = (bits & flags.endStream) !== 0
  if ((bits & flags.endHeaders) !== 0) return onBlock(c, id, ends, loop, buffer, start, end)
  checkBlockSize(c, end - start)
  const octets = Buffer.from(buffer.subarray(start, end))
  c.incoming.headers = { id, end: ends, loop, octets, size: octets.length, frames: 1, since: c.sink.now() }
}

/** A CONTINUATION frame, RFC 9113 §6.10. */
export function onContinuation(
  c: Connection,
  bits: number,
  id: number,
  buffer: Buffer,
  start: number,
  end: number,
): void {
  const pending = c.incoming.headers
  if (!pending) throw connectionError('PROTOCOL_ERROR', `CONTINUATION on stream ${id} without HEADERS`)
  const size = pending.size + end - start
  checkBlockSize(c, size)
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
  buffer.copy(pending.octets, pending.size, start, end)
  pending.size = size
  if ((bits & flags.endHeaders) === 0) return
  c.incoming.headers = undefined
  onBlock(c, id, pending.end, pending.loop, pending.octets, 0, size)
}

// Compressed octets can be more than the list only where somebody wastes them: past twice the limit nothing is read any more.
function checkBlockSize(c: Connection, size: number): void {
  const limit = 2 * c.settings.maxHeaderListSize + 1024
  if (size > limit)
    throw connectionError(
      'ENHANCE_YOUR_CALM',
      `a header block of more than ${limit} octets (maxHeaderListSize)`,
    )
}

function onBlock(
  c: Connection,
  id: number,
  end: boolean,
  loop: boolean,
  buffer: Buffer,
  from: number,
  to: number,
): void {
  // Decoded whatever becomes of it: the table has to stay the peer's.
  const decoded = decode(c, buffer, from, to)
  const block = loop ? dependsOnItself : decoded
  const stream = c.streams.get(id)
  if (stream === undefined) onRequest(c, id, block, end)
  else onMore(c, stream, block, end)
}

/** The list that a block's octets stand for: from the cache, or decoded and checked. */
function decode(
  c: Connection,
  buffer: Buffer,
  start: number,
  end: number,
): HeaderBlock | Malformed | Oversized {
  const { decoder, blocks, settings } = c
  // After a smaller table was agreed on, the next block has to begin with its size, and is worth no look.
  const known = decoder.updateRequired ? undefined : blocks.find(buffer, start, end, decoder.generation)
  if (known) return known
  const fields = decoder.decode(buffer, start, end, settings.maxHeaderListSize, settings.maxHeaderFields)
  if (!fields) return oversized
  const block = checkBlock(fields, decoder.neverIndexed)
  if (!('malformed' in block) && !decoder.changed)
    blocks.keep(buffer, start, end, block, decoder.usedDynamic ? decoder.generation : -1)
  return block
}

/** Headers on a stream that is open: a response, an interim one, or trailers. */
function onMore(
  c: Connection,
  stream: Stream,
  block: HeaderBlock | Malformed | Oversized,
  end: boolean,
): void {
  const { id } = stream
  if (stream.remoteEnded)
    return streamError(c, id, stream, 'STREAM_CLOSED', 'HEADERS behind the end of the stream')
  if ('oversized' in block) return streamError(c, id, stream, 'ENHANCE_YOUR_CALM', sizeProblem(c))
  if ('malformed' in block) return streamError(c, id, stream, 'PROTOCOL_ERROR', block.malformed)
  if (block.kind === 'trailers') {
    if (stream.headers === undefined)
      return streamError(c, id, stream, 'PROTOCOL_ERROR', ':status is missing')
    if (!end) return streamError(c, id, stream, 'PROTOCOL_ERROR', 'trailers that do not end the stream')
    return endRemote(c, stream, block)
  }
  if (c.isServer || block.kind === 'request' || stream.headers !== undefined)
    return streamError(c, id, stream, 'PROTOCOL_ERROR', `${block.fields[0]} where trailers are due`)
  if (block.kind === 'interim') {
    if (end) return streamError(c, id, stream, 'PROTOCOL_ERROR', 'an interim response that ends the stream')
    // They cost the peer little, and there is no end to them by themselves.
    c.flood.count('empties')
    return tellInterim(stream, block)
  }
  stream.headers = block
  const hasBody = !stream.isHead && block.status !== 204 && block.status !== 304
  stream.expected = hasBody ? block.contentLength : end ? -1 : 0
  tellHeaders(stream, block)
  if (end && !stream.closed) endRemote(c, stream, undefined)
}

/** What the peer is told of a list that is too large. */
export function sizeProblem({ settings }: Connection): string {
  return `a header list of more than ${settings.maxHeaderListSize} octets (maxHeaderListSize) or ${settings.maxHeaderFields} fields (maxHeaderFields)`
}
