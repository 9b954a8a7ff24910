import { sensitiveByDefault } from './hpack/sensitive.ts'
import { flags, frameHead, frameTypes, leastMaxFrameSize } from './protocol.ts'
import type { FlatFields, HeadersToSend } from './sent-headers.ts'
import type { ConnectionState } from './state.ts'

const none: FlatFields = []

/**
 * Writes a header block. A list that its user keeps is compressed by the table and remembered; everything else leaves
 * the table as it is, so that what was remembered stays true. Whether the peer takes it is asked before: `refusalOf`.
 */
export function writeBlock(c: ConnectionState, id: number, headers: HeadersToSend, endStream: boolean): void {
  const { encoder, output } = c
  const listed = headers.list?.fields ?? none
  const most = encoder.bound(listed) + encoder.bound(headers.extra)
  const bits = endStream ? flags.endStream : 0
  if (most > leastMaxFrameSize) {
    const block = Buffer.allocUnsafe(most)
    return writeParts(c, id, block.subarray(0, writeFields(c, headers, block, 0)), bits)
  }
  const at = output.reserve(frameHead + most)
  const end = writeFields(c, headers, output.buffer, at + frameHead)
  output.head(end - at - frameHead, frameTypes.headers, bits | flags.endHeaders, id)
  output.at = end
}

function writeFields(c: ConnectionState, headers: HeadersToSend, out: Buffer, from: number): number {
  const { list, kept, extra, neverIndexed } = headers
  const { encoder } = c
  const sensitive = neverIndexed ? new Set([...sensitiveByDefault, ...neverIndexed]) : sensitiveByDefault
  let at = from
  if (list && kept && !neverIndexed) at = c.templates.write(encoder, list, out, at)
  else if (list) at = encoder.encode(list.fields, out, at, false, sensitive)
  // Without any field too: a change of the table's size may be due.
  return extra.length > 0 || !list ? encoder.encode(extra, out, at, false, sensitive) : at
}

/** A block that is too large for one frame. Nothing may come between its parts, and nothing does. */
function writeParts({ output }: ConnectionState, id: number, block: Buffer, bits: number): void {
  for (let at = 0; at < block.length; at += leastMaxFrameSize) {
    const last = at + leastMaxFrameSize >= block.length ? flags.endHeaders : 0
    const part = block.subarray(at, at + leastMaxFrameSize)
    if (at === 0) output.octets(frameTypes.headers, bits | last, id, part)
    else output.octets(frameTypes.continuation, last, id, part)
  }
}

/** Says why the peer would not take a header block: it is larger than its MAX_HEADER_LIST_SIZE. */
export function refusalOf({ peer }: ConnectionState, { list, extra }: HeadersToSend): string | undefined {
  const { maxHeaderListSize } = peer
  if (maxHeaderListSize === Number.POSITIVE_INFINITY) return undefined
  const size = sizeOf(list?.fields ?? none) + sizeOf(extra)
  return size > maxHeaderListSize
    ? `the headers are ${size} octets; the peer takes ${maxHeaderListSize}`
    : undefined
}

/** RFC 9113 §6.5.2: names, values, and 32 octets for each field. */
function sizeOf(fields: FlatFields): number {
  let size = 16 * fields.length
  for (const text of fields) size += text.length
  return size
}
