import { frameHead, leastMaxFrameSize } from './protocol.ts'
import { pump } from './pump.ts'
import { commit, sendWaiting } from './send-waiting.ts'
import type { StreamState, Waiting } from './state.ts'

const nothing = Buffer.alloc(0)
const encoder = new TextEncoder()
const smallPiece = 1_024

/** Sends octets or queues them; false where something waits. Throws an Error before headers and after the end. */
export function sendData(
  stream: StreamState,
  octets: Uint8Array | string | undefined,
  endStream: boolean,
): boolean {
  assertCanSend(stream)
  if (stream.closed) return false
  // As with node:http: who answers GET answers HEAD in the same way.
  const given = stream.isHead && stream.connection.isServer ? undefined : octets
  if (endStream) stream.ending = true
  const at = begin(stream, mostOctets(given))
  if (at >= 0) {
    const size = given === undefined ? 0 : put(given, stream.connection.output.buffer, at)
    if (size > 0 || endStream) commit(stream, size, endStream)
    return true
  }
  if (typeof given === 'string' && stream.waiting === undefined && stream.id !== 0) {
    return sendText(stream, given, endStream)
  }
  const rest = given === undefined ? nothing : typeof given === 'string' ? Buffer.from(given) : given
  if (rest.length > 0 || endStream) queue(stream, { octets: rest, sent: 0, endStream, trailers: undefined })
  stream.owesDrain = stream.waiting !== undefined
  return !stream.owesDrain
}

/**
 * Writes a text that is too long for one frame, or may be: straight into the output as far as windows and socket have
 * room, which spares a buffer of its own and a copy; what is left is queued.
 */
function sendText(stream: StreamState, text: string, endStream: boolean): boolean {
  const c = stream.connection
  let rest = text
  while (rest.length > 0) {
    const most = Math.min(leastMaxFrameSize, stream.sendWindow, c.sendWindow)
    // Where only small pieces fit, the queue does better.
    if (most < smallPiece || c.output.blocked) break
    const at = c.output.reserve(frameHead + most) + frameHead
    const { read, written } = encoder.encodeInto(rest, c.output.buffer.subarray(at, at + most))
    const isLast = read === rest.length
    commit(stream, written, isLast && endStream)
    if (isLast) return true
    rest = rest.slice(read)
  }
  queue(stream, { octets: Buffer.from(rest), sent: 0, endStream, trailers: undefined })
  stream.owesDrain = stream.waiting !== undefined
  return !stream.owesDrain
}

/** Throws where nothing can be sent (any more). A closed stream takes everything, and sends nothing. */
export function assertCanSend(stream: StreamState): void {
  if (stream.ending) throw new Error('http2: the stream has been ended; nothing can be sent after that')
  if (!stream.headersSent && !stream.closed) throw new Error('http2: send the headers first (respond)')
}

// A character of UTF-16 is three octets of UTF-8 at most.
function mostOctets(given: Uint8Array | string | undefined): number {
  if (given === undefined) return 0
  return typeof given === 'string' ? 3 * given.length : given.length
}

function put(given: Uint8Array | string, buffer: Buffer, at: number): number {
  if (typeof given === 'string') return buffer.write(given, at)
  buffer.set(given, at)
  return given.length
}

/** Room for one DATA frame of at most so many octets: where they go in the output, or -1 where they have to be queued. */
export function begin(stream: StreamState, most: number): number {
  const c = stream.connection
  if (stream.closed || stream.waiting !== undefined || stream.id === 0 || most > leastMaxFrameSize) return -1
  // The end alone needs no window.
  if (most > 0 && (most > stream.sendWindow || most > c.sendWindow || c.output.blocked)) return -1
  return c.output.reserve(frameHead + most) + frameHead
}

/** Lets something wait behind what waits already, and sends what can be sent. */
export function queue(stream: StreamState, entry: Waiting): void {
  const c = stream.connection
  if (stream.waiting === undefined) {
    stream.waiting = [entry]
    stream.movedAt = c.times.now
  } else stream.waiting.push(entry)
  stream.queued += entry.octets.length
  if (stream.id === 0) return
  if (entry.octets.length === 0 && stream.waiting.length === 1) return sendWaiting(c, stream)
  if (stream.sendWindow > 0) c.line.join(stream)
  pump(c)
}
