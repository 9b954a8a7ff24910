import { endLocal } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { flags, frameHead, frameTypes, leastMaxFrameSize } from './protocol.ts'
import { writeBlock } from './send-headers.ts'
import type { FlatFields } from './sent-headers.ts'
import type { Stream } from './stream.ts'
import { tellDrain } from './tell.ts'

/** What waits on a stream: octets, the end, or trailers, which are always last. */
export interface Waiting {
  readonly octets: Uint8Array
  /** So many of them have left. */
  sent: number
  readonly end: boolean
  readonly trailers:
    | { readonly fields: FlatFields; readonly neverIndexed: readonly string[] | undefined }
    | undefined
}

const nothing = Buffer.alloc(0)
const largest = leastMaxFrameSize

/** Sends octets or queues them; false where something waits. Throws an Error before headers and after the end. */
export function sendData(stream: Stream, given: Uint8Array | string | undefined, end: boolean): boolean {
  assertCanSend(stream)
  if (stream.closed) return false
  if (end) stream.ending = true
  const text = typeof given === 'string'
  // A character of UTF-16 is three octets of UTF-8 at most.
  const most = given === undefined ? 0 : text ? 3 * given.length : given.length
  const at = begin(stream, most)
  if (at >= 0) {
    const { buffer } = stream.connection.output
    const size = most === 0 ? 0 : text ? buffer.write(given, at) : (buffer.set(given as Uint8Array, at), most)
    if (size > 0 || end) commit(stream, size, end)
    return true
  }
  const octets = given === undefined ? nothing : text ? Buffer.from(given) : given
  if (octets.length > 0 || end) queue(stream, { octets, sent: 0, end, trailers: undefined })
  return stream.waiting === undefined
}

function assertCanSend(stream: Stream): void {
  if (stream.ending) throw new Error('http2: the stream has been ended; nothing can be sent after that')
  if (!stream.headersSent && !stream.closed) throw new Error('http2: send the headers first (respond)')
}

/** Room for one DATA frame of at most so many octets: where they go in the output, or -1 where they have to be queued. */
export function begin(stream: Stream, most: number): number {
  const c = stream.connection
  if (stream.waiting !== undefined || stream.id === 0 || most > largest) return -1
  // The end alone needs no window.
  if (most > 0 && (most > stream.sendWindow || most > c.sendWindow || c.output.blocked)) return -1
  return c.output.reserve(frameHead + most) + frameHead
}

/** Sends what was written where `begin` said. */
export function commit(stream: Stream, size: number, end: boolean): void {
  const { connection: c } = stream
  const { output } = c
  output.head(output.at, size, frameTypes.data, end ? flags.endStream : 0, stream.id)
  output.at += frameHead + size
  stream.sendWindow -= size
  c.sendWindow -= size
  c.flood.dataSent++
  if (!end) return
  stream.ending = true
  endLocal(stream)
}

/** Lets something wait behind what waits already, and sends what can be sent. */
export function queue(stream: Stream, entry: Waiting): void {
  const c = stream.connection
  if (stream.waiting === undefined) {
    stream.waiting = [entry]
    stream.movedAt = c.timers.now
  } else stream.waiting.push(entry)
  stream.queued += entry.octets.length
  if (stream.id === 0) return
  if (entry.octets.length === 0 && stream.waiting.length === 1) return sendWaiting(c, stream)
  if (stream.sendWindow > 0) c.line.join(stream)
  c.line.pump(c)
}

/** Sends one frame of what waits on a stream, and what needs no window behind it. */
export function sendWaiting(c: Connection, stream: Stream): void {
  const { waiting } = stream
  if (waiting === undefined) return
  stream.movedAt = c.timers.now
  const entry = waiting[0]!
  const left = entry.octets.length - entry.sent
  if (left > 0) {
    const size = Math.min(left, largest, stream.sendWindow, c.sendWindow)
    const end = size === left && entry.end
    const at = c.output.reserve(frameHead + size)
    c.output.buffer.set(entry.octets.subarray(entry.sent, entry.sent + size), at + frameHead)
    entry.sent += size
    stream.queued -= size
    if (size === left) waiting.shift()
    if (end) stream.waiting = undefined
    commit(stream, size, end)
    if (size < left || end) return
  }
  sendLast(c, stream, waiting)
}

/** An end without octets, or trailers, where they are next. */
function sendLast(c: Connection, stream: Stream, waiting: Waiting[]): void {
  const next = waiting[0]
  if (next !== undefined && next.octets.length > 0) return
  stream.waiting = undefined
  if (next === undefined) return tellDrain(stream)
  if (next.trailers === undefined) {
    c.output.words(frameTypes.data, flags.endStream, stream.id)
  } else {
    writeBlock(c, stream.id, undefined, next.trailers.fields, true, next.trailers.neverIndexed)
  }
  endLocal(stream)
}
