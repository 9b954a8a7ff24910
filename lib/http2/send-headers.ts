import { endLocal } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { Http2Error } from './error.ts'
import { sensitiveByDefault } from './hpack/sensitive.ts'
import { flags, frameHead, frameTypes, leastMaxFrameSize } from './protocol.ts'
import { queue } from './send-data.ts'
import { HeaderList, headerList, plainFields, type FlatFields, type HeaderInit } from './sent-headers.ts'
import type { SendOptions, Stream } from './stream.ts'

const none: FlatFields = []
const nothing = Buffer.alloc(0)

/** Sends a response's headers, or an interim response. On a closed stream nothing happens. */
export function sendHeaders(stream: Stream, init: HeaderInit, options?: SendOptions): void {
  const c = stream.connection
  if (!c.isServer) throw new Error('http2: a client sends its headers with the request')
  if (stream.headersSent) throw new Error('http2: the headers have been sent already')
  const list = headerList(init)
  if (list.kind !== 'response' && list.kind !== 'interim')
    throw new TypeError('http2: a response begins with :status')
  const end = options?.end ?? false
  if (list.kind === 'interim' && end) throw new TypeError(`http2: ${list.status} is no last response`)
  if (stream.closed) return
  writeBlock(
    c,
    stream.id,
    list,
    options?.extra && plainFields(options.extra),
    end,
    options?.neverIndexed,
    init,
  )
  if (list.kind === 'interim') return
  stream.headersSent = true
  if (!end) return
  stream.ending = true
  endLocal(stream)
}

/** Ends our side with trailers, behind what waits. On a closed stream nothing happens. */
export function sendTrailers(
  stream: Stream,
  init: HeaderInit,
  options?: Pick<SendOptions, 'neverIndexed'>,
): void {
  if (stream.ending) throw new Error('http2: the stream has been ended; nothing can be sent after that')
  if (!stream.headersSent && !stream.closed) throw new Error('http2: send the headers first (respond)')
  const fields = plainFields(init)
  if (stream.closed) return
  stream.ending = true
  if (stream.waiting !== undefined || stream.id === 0) {
    const trailers = { fields, neverIndexed: options?.neverIndexed }
    return queue(stream, { octets: nothing, sent: 0, end: true, trailers })
  }
  const list = init instanceof HeaderList ? init : undefined
  writeBlock(stream.connection, stream.id, list, list ? none : fields, true, options?.neverIndexed, init)
  endLocal(stream)
}

/**
 * Writes a header block: a list and fields of this message alone. A list that its user keeps (`init` is the list
 * itself) is compressed by the table and remembered; everything else leaves the table as it is.
 */
export function writeBlock(
  c: Connection,
  id: number,
  list: HeaderList | undefined,
  extra: FlatFields = none,
  end = false,
  neverIndexed?: readonly string[],
  init?: unknown,
): void {
  const { encoder, output } = c
  const secret: ReadonlySet<string> = neverIndexed
    ? new Set([...sensitiveByDefault, ...neverIndexed])
    : sensitiveByDefault
  const kept = list !== undefined && list === init
  assertSize(c, list?.fields ?? none, extra)
  const bound = (list ? encoder.bound(list.fields) : 0) + encoder.bound(extra)
  const bits = end ? flags.endStream : 0
  if (bound > leastMaxFrameSize) {
    const block = Buffer.allocUnsafe(bound)
    return writeParts(c, id, block.subarray(0, writeFields(block, 0)), bits)
  }
  const at = output.reserve(frameHead + bound)
  const to = writeFields(output.buffer, at + frameHead)
  output.head(at, to - at - frameHead, frameTypes.headers, bits | flags.endHeaders, id)
  output.at = to

  function writeFields(out: Buffer, from: number): number {
    let to = from
    if (list) {
      if (kept) to = c.templates.write(encoder, list, out, to, secret)
      else to = encoder.encode(list.fields, out, to, false, secret)
    }
    return extra.length > 0 ? encoder.encode(extra, out, to, false, secret) : to
  }
}

/** A block that is too large for one frame. Nothing may come between its parts, and nothing does. */
function writeParts({ output }: Connection, id: number, block: Buffer, bits: number): void {
  for (let at = 0; at < block.length; at += leastMaxFrameSize) {
    const last = at + leastMaxFrameSize >= block.length ? flags.endHeaders : 0
    const part = block.subarray(at, at + leastMaxFrameSize)
    if (at === 0) output.octets(frameTypes.headers, bits | last, id, part)
    else output.octets(frameTypes.continuation, last, id, part)
  }
}

function assertSize({ peer: { maxHeaderListSize } }: Connection, first: FlatFields, more: FlatFields): void {
  if (maxHeaderListSize === Number.POSITIVE_INFINITY) return
  const size = listSize(first) + listSize(more)
  if (size > maxHeaderListSize) {
    throw new Http2Error(
      'ENHANCE_YOUR_CALM',
      `the headers are ${size} octets; the peer takes ${maxHeaderListSize}`,
      {
        unprocessed: true,
      },
    )
  }
}

/** RFC 9113 §6.5.2: names, values, and 32 octets for each field. */
function listSize(fields: FlatFields): number {
  let size = 16 * fields.length
  for (const text of fields) size += text.length
  return size
}
