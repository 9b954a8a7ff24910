import { endLocal, resetStream } from './close-stream.ts'
import { flags, frameHead, frameTypes, leastMaxFrameSize } from './protocol.ts'
import type { ConnectionState, StreamState, Waiting } from './state.ts'
import { tellDrain } from './tell.ts'
import { refusalOf, writeBlock } from './write-block.ts'

/** Completes a DATA frame whose payload stands in the output, behind the room for its head. */
export function commit(stream: StreamState, size: number, endStream: boolean): void {
  const { connection: c } = stream
  const { output } = c
  output.head(size, frameTypes.data, endStream ? flags.endStream : 0, stream.id)
  output.at += frameHead + size
  stream.sendWindow -= size
  c.sendWindow -= size
  c.flood.dataSent++
  c.flood.octetsSent += size
  if (!endStream) return
  stream.ending = true
  endLocal(stream)
}

/** Sends one frame of what waits on a stream, and what needs no window behind it. */
export function sendWaiting(c: ConnectionState, stream: StreamState): void {
  const { waiting } = stream
  if (waiting === undefined) return
  stream.movedAt = c.times.now
  const next = waiting[0]!
  const left = next.octets.length - next.sent
  if (left > 0) {
    const size = Math.min(left, leastMaxFrameSize, stream.sendWindow, c.sendWindow)
    const isLast = size === left
    const at = c.output.reserve(frameHead + size)
    c.output.buffer.set(next.octets.subarray(next.sent, next.sent + size), at + frameHead)
    next.sent += size
    stream.queued -= size
    if (isLast) waiting.shift()
    if (isLast && next.endStream) stream.waiting = undefined
    commit(stream, size, isLast && next.endStream)
    if (!isLast || next.endStream) return
  }
  sendLast(c, stream, waiting)
}

/** An end without octets, or trailers, where they are next. */
function sendLast(c: ConnectionState, stream: StreamState, waiting: readonly Waiting[]): void {
  const next = waiting[0]
  if (next !== undefined && next.octets.length > 0) return
  stream.waiting = undefined
  if (next === undefined) {
    if (!stream.owesDrain) return
    stream.owesDrain = false
    return tellDrain(stream)
  }
  if (next.trailers === undefined) {
    c.output.words(frameTypes.data, flags.endStream, stream.id)
    return endLocal(stream)
  }
  // The peer may have changed its mind while they waited; who sent them is long gone.
  const refusal = refusalOf(c, next.trailers)
  if (refusal) return resetStream(stream, 'INTERNAL_ERROR', refusal)
  writeBlock(c, stream.id, next.trailers, true)
  endLocal(stream)
}
