import { sendWaiting } from './send-waiting.ts'
import { closeStream, endLocal } from './close-stream.ts'
import { shutdown } from './end-connection.ts'
import { Http2Error } from './error.ts'
import { greatest31 } from './protocol.ts'
import { withOptions } from './send-headers.ts'
import { headerList, type HeaderInit } from './sent-headers.ts'
import type { ConnectionState, StreamState } from './state.ts'
import type { SendOptions, StreamListener } from './stream-face.ts'
import { refusalOf, writeBlock } from './write-block.ts'

/** How a request is opened. */
export interface RequestOptions extends SendOptions {
  readonly listener?: StreamListener
  /** For the stream's `data`. */
  readonly data?: unknown
}

/** Opens a stream of ours, or lets it wait for the peer's first SETTINGS and its MAX_CONCURRENT_STREAMS. */
export function openStream(stream: StreamState, init: HeaderInit, options?: RequestOptions): void {
  const c = stream.connection
  if (c.isServer) throw new Error('http2: a server opens no streams')
  const list = headerList(init)
  if (list.kind !== 'request') throw new TypeError('http2: a request begins with :method')
  const endStream = options?.end ?? false
  const opening = withOptions(list, init, options)
  checkOpen(c)
  stream.isHead = list.method === 'HEAD'
  stream.headersSent = true
  stream.ending = endStream
  stream.opening = opening
  if (options?.listener) stream.listener = options.listener
  stream.data = options?.data
  if (c.ready && c.waiting.size === 0 && c.openByUs < c.peer.maxConcurrentStreams) open(c, stream)
  else c.waiting.add(stream)
}

function checkOpen(c: ConnectionState): void {
  if (c.closed || c.draining)
    throw new Http2Error('REFUSED_STREAM', 'the connection takes no more streams', {
      scope: 'connection',
      unprocessed: true,
    })
  if (c.waiting.size >= c.settings.maxWaitingStreams)
    throw new Http2Error('REFUSED_STREAM', `${c.waiting.size} streams wait already (maxWaitingStreams)`, {
      unprocessed: true,
    })
}

/** Opens as many of the waiting streams as the peer allows. */
export function openWaiting(c: ConnectionState): void {
  for (const stream of c.waiting) {
    if (!c.ready || c.closed || c.openByUs >= c.peer.maxConcurrentStreams) return
    c.waiting.delete(stream)
    try {
      open(c, stream)
    } catch (error) {
      // Headers that the peer does not take: it has said so while the stream waited.
      closeStream(stream, error as Http2Error)
      continue
    }
    // The time in our own queue is not the peer's.
    stream.movedAt = c.times.now
    if (stream.waiting === undefined) continue
    // An end or trailers need no window.
    if (stream.waiting[0]!.octets.length === 0) sendWaiting(c, stream)
    else if (stream.sendWindow > 0) c.line.join(stream)
  }
}

function open(c: ConnectionState, stream: StreamState): void {
  const { opening } = stream
  stream.opening = undefined
  const id = c.nextId
  const endStream = stream.ending && stream.waiting === undefined
  const refusal = refusalOf(c, opening!)
  if (refusal) throw new Http2Error('ENHANCE_YOUR_CALM', refusal, { unprocessed: true })
  writeBlock(c, id, opening!, endStream)
  stream.id = id
  // The peer may have changed it while the stream waited.
  stream.sendWindow = c.peer.initialWindowSize
  stream.receiveWindow = c.announcedWindow
  c.nextId += 2
  c.openByUs++
  c.streams.add(stream)
  if (endStream) endLocal(stream)
  // A new connection has to take over before the ids run out.
  if (c.nextId > greatest31 - 2 && !c.draining) shutdown(c)
}
