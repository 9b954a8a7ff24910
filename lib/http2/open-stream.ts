import type { Connection } from './connection.ts'
import { Http2Error } from './error.ts'
import { greatest31 } from './protocol.ts'
import { writeBlock } from './send-headers.ts'
import { endLocal } from './close-stream.ts'
import { HeaderList, headerList, plainFields, type FlatFields, type HeaderInit } from './sent-headers.ts'
import { Stream, type SendOptions, type StreamListener } from './stream.ts'
import { shutdown } from './end-connection.ts'

/** How a request is opened. */
export interface RequestOptions extends SendOptions {
  readonly listener?: StreamListener
  /** For the stream's `data`. */
  readonly data?: unknown
}

/** The headers of a stream that waits to be opened. */
export interface Opening {
  readonly list: HeaderList
  readonly init: HeaderInit
  readonly extra: FlatFields | undefined
  readonly end: boolean
  readonly neverIndexed: readonly string[] | undefined
}

/** Opens a stream of ours, or lets it wait for the peer's first SETTINGS and its MAX_CONCURRENT_STREAMS. */
export function openStream(c: Connection, init: HeaderInit, options: RequestOptions = {}): Stream {
  if (c.isServer) throw new Error('http2: a server opens no streams')
  const list = headerList(init)
  if (list.kind !== 'request') throw new TypeError('http2: a request begins with :method')
  const extra = options.extra && plainFields(options.extra)
  if (c.closed || c.draining)
    throw new Http2Error('REFUSED_STREAM', 'the connection takes no more streams', {
      scope: 'connection',
      unprocessed: true,
    })
  if (c.waiting.size >= c.settings.maxWaitingStreams)
    throw new Http2Error('REFUSED_STREAM', `${c.waiting.size} streams wait already (maxWaitingStreams)`, {
      unprocessed: true,
    })
  const stream = new Stream(c, 0)
  stream.isHead = list.method === 'HEAD'
  stream.headersSent = true
  stream.ending = options.end ?? false
  if (options.listener) stream.listener = options.listener
  stream.data = options.data
  stream.opening = { list, init, extra, end: stream.ending, neverIndexed: options.neverIndexed }
  if (c.ready && c.waiting.size === 0 && c.openByUs < c.peer.maxConcurrentStreams) open(c, stream)
  else c.waiting.add(stream)
  return stream
}

/** Opens as many of the waiting streams as the peer allows. */
export function openWaiting(c: Connection): void {
  for (const stream of c.waiting) {
    if (!c.ready || c.closed || c.openByUs >= c.peer.maxConcurrentStreams) return
    c.waiting.delete(stream)
    open(c, stream)
    if (stream.waiting !== undefined) c.line.join(stream)
  }
}

function open(c: Connection, stream: Stream): void {
  const { list, init, extra, end, neverIndexed } = stream.opening!
  stream.opening = undefined
  const id = c.nextId
  // Before the stream is counted: headers that the peer does not take throw.
  writeBlock(c, id, list, extra, end, neverIndexed, init)
  stream.id = id
  // The peer may have changed it while the stream waited.
  stream.sendWindow = c.peer.initialWindowSize
  stream.receiveWindow = c.announcedWindow
  c.nextId += 2
  c.openByUs++
  c.streams.add(stream)
  if (end) endLocal(stream)
  // A new connection has to take over before the ids run out.
  if (c.nextId > greatest31 - 2 && !c.draining) shutdown(c)
}
