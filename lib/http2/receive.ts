import { connectionError, Http2Error } from './error.ts'
import { fail } from './end-connection.ts'
import { HpackError } from './hpack/hpack-error.ts'
import type { Frame, Incoming } from './incoming.ts'
import { onPing } from './ping.ts'
import { frameHead, frameTypes, preface } from './protocol.ts'
import { onGoaway, onPriority, onReset, onWindowUpdate } from './receive-control.ts'
import { onData } from './receive-data.ts'
import { onContinuation, onHeaders } from './receive-headers.ts'
import { onSettings } from './settings.ts'
import type { ConnectionState } from './state.ts'

/** Takes octets in pieces of any size. Whatever they are, it ends in events or in a connection error, never in an exception. */
export function receive(c: ConnectionState, octets: Buffer): void {
  if (c.closed) return
  c.incoming.active = true
  try {
    let at = c.incoming.prefaceLeft > 0 ? takePreface(c, octets) : 0
    if (c.incoming.partial !== undefined) at = completeFrame(c, octets, at)
    at = readFrames(c, octets, at, octets.length)
    if (at < octets.length && !c.closed) keep(c, octets, at)
  } catch (error) {
    if (error instanceof Http2Error) fail(c, error)
    else if (error instanceof HpackError) fail(c, connectionError('COMPRESSION_ERROR', error.message))
    else {
      // A listener's own errors are caught where it is called: this one is ours.
      fail(
        c,
        new Http2Error('INTERNAL_ERROR', 'the connection failed', { scope: 'connection', cause: error }),
      )
      c.listener.onFault(error)
    }
  } finally {
    c.incoming.letGo()
  }
}

function takePreface({ incoming }: ConnectionState, octets: Buffer): number {
  const from = preface.length - incoming.prefaceLeft
  const size = Math.min(incoming.prefaceLeft, octets.length)
  if (preface.compare(octets, 0, size, from, from + size) !== 0)
    throw connectionError(
      'PROTOCOL_ERROR',
      'this port speaks HTTP/2 with prior knowledge; the preface is missing',
    )
  incoming.prefaceLeft -= size
  return size
}

/** Reads all complete frames; returns where the first incomplete one begins. */
function readFrames(c: ConnectionState, buffer: Buffer, from: number, to: number): number {
  let at = from
  while (to - at >= frameHead && !c.closed) {
    const length = (buffer[at]! << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!
    if (length > c.settings.maxFrameSize)
      throw connectionError(
        'FRAME_SIZE_ERROR',
        `a frame of ${length} octets; maxFrameSize is ${c.settings.maxFrameSize}`,
      )
    const end = at + frameHead + length
    if (end > to) break
    onFrame(c, buffer, at, end)
    at = end
  }
  return at
}

function keep({ incoming, sink }: ConnectionState, octets: Buffer, at: number): void {
  incoming.partial = Buffer.from(octets.subarray(at))
  incoming.size = octets.length - at
  incoming.since = sink.now()
}

/** Adds to the frame that has begun, and reads it if it is complete; returns where the next one begins. */
function completeFrame(c: ConnectionState, octets: Buffer, from: number): number {
  const { incoming } = c
  let at = from
  // Twice: first the head, which tells how much there is to come.
  for (const known of [false, true]) {
    const wanted = known ? frameHead + lengthOf(c, incoming.partial!) : frameHead
    const size = Math.min(wanted - incoming.size, octets.length - at)
    if (size > 0) append(incoming, octets.subarray(at, at + size), wanted)
    at += Math.max(0, size)
    if (incoming.size < wanted) return at
  }
  const frame = incoming.partial!
  const end = incoming.size
  incoming.partial = undefined
  incoming.size = 0
  onFrame(c, frame, 0, end)
  return at
}

function lengthOf(c: ConnectionState, head: Buffer): number {
  const length = head.readUIntBE(0, 3)
  if (length <= c.settings.maxFrameSize) return length
  throw connectionError(
    'FRAME_SIZE_ERROR',
    `a frame of ${length} octets; maxFrameSize is ${c.settings.maxFrameSize}`,
  )
}

function append(incoming: Incoming, octets: Buffer, wanted: number): void {
  const needed = incoming.size + octets.length
  if (needed > incoming.partial!.length) {
    const room = Buffer.allocUnsafe(Math.min(wanted, 2 * needed))
    incoming.partial!.copy(room, 0, 0, incoming.size)
    incoming.partial = room
  }
  octets.copy(incoming.partial!, incoming.size)
  incoming.size = needed
}

/** One frame, whole: its head at `at`, its payload up to `end`. RFC 9113 §4 and §6. */
function onFrame(c: ConnectionState, buffer: Buffer, at: number, end: number): void {
  const type = buffer[at + 3]!
  const { frame, headers } = c.incoming
  frame.flags = buffer[at + 4]!
  // The first bit is reserved and ignored.
  frame.streamId =
    ((buffer[at + 5]! & 0x7f) << 24) | (buffer[at + 6]! << 16) | (buffer[at + 7]! << 8) | buffer[at + 8]!
  frame.buffer = buffer
  frame.start = at + frameHead
  frame.end = end
  if (headers !== undefined && (type !== frameTypes.continuation || frame.streamId !== headers.streamId))
    throw connectionError('PROTOCOL_ERROR', `a frame of type ${type} in the middle of a header block`)
  if (!c.ready && type !== frameTypes.settings)
    throw connectionError('PROTOCOL_ERROR', `the first frame is of type ${type}; it must be SETTINGS`)
  dispatch(c, type, frame)
}

function dispatch(c: ConnectionState, type: number, frame: Frame): void {
  switch (type) {
    case frameTypes.data:
      return onData(c, frame)
    case frameTypes.headers:
      return onHeaders(c, frame)
    case frameTypes.priority:
      return onPriority(c, frame)
    case frameTypes.rstStream:
      return onReset(c, frame)
    case frameTypes.settings:
      return onSettings(c, frame)
    case frameTypes.pushPromise:
      // A server may not get one, and a client has said ENABLE_PUSH 0.
      throw connectionError('PROTOCOL_ERROR', 'PUSH_PROMISE: push is refused')
    case frameTypes.ping:
      return onPing(c, frame)
    case frameTypes.goaway:
      return onGoaway(c, frame)
    case frameTypes.windowUpdate:
      return onWindowUpdate(c, frame)
    case frameTypes.continuation:
      return onContinuation(c, frame)
    default:
      // Extensions that nobody agreed on are ignored (RFC 9113 §5.5), but not without end.
      c.flood.count('empties')
  }
}
