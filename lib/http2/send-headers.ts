import { endLocal, resetStream } from './close-stream.ts'
import { assertCanSend, queue } from './send-data.ts'
import { HeaderList, headerList, plainFields, type HeaderInit, type HeadersToSend } from './sent-headers.ts'
import type { StreamState } from './state.ts'
import type { SendOptions } from './stream-face.ts'
import { refusalOf, writeBlock } from './write-block.ts'

const nothing = Buffer.alloc(0)

/** Sends a response's headers, or an interim response. On a closed stream nothing happens. */
export function sendHeaders(stream: StreamState, init: HeaderInit, options?: SendOptions): void {
  const c = stream.connection
  if (!c.isServer) throw new Error('http2: a client sends its headers with the request')
  if (stream.headersSent) throw new Error('http2: the headers have been sent already')
  const list = headerList(init)
  if (list.kind !== 'response' && list.kind !== 'interim')
    throw new TypeError('http2: a response begins with :status')
  const endStream = options?.end ?? false
  const isInterim = list.kind === 'interim'
  if (isInterim && endStream) throw new TypeError(`http2: ${list.status} is no last response`)
  if (stream.closed) return
  const headers = withOptions(list, init, options)
  // What the peer says must not become an exception of who answers it.
  const refusal = refusalOf(c, headers)
  // An interim response is news that the peer can do without.
  if (refusal) return isInterim ? undefined : resetStream(stream, 'INTERNAL_ERROR', refusal)
  writeBlock(c, stream.id, headers, endStream)
  if (isInterim) return
  stream.headersSent = true
  if (!endStream) return
  stream.ending = true
  endLocal(stream)
}

/** What is to be sent: a list, and what its options add to it. Throws a TypeError for bad fields. */
export function withOptions(
  list: HeaderList,
  init: HeaderInit,
  options: SendOptions | undefined,
): HeadersToSend {
  return {
    list,
    kept: list === init,
    extra: options?.extra ? plainFields(options.extra) : [],
    neverIndexed: options?.neverIndexed,
  }
}

/** Sends trailers, behind what waits. On a closed stream nothing happens. */
export function sendTrailers(
  stream: StreamState,
  init: HeaderInit,
  options?: Pick<SendOptions, 'neverIndexed'>,
): void {
  assertCanSend(stream)
  const fields = plainFields(init)
  if (stream.closed) return
  stream.ending = true
  const list = init instanceof HeaderList ? init : undefined
  const neverIndexed = options?.neverIndexed
  const trailers: HeadersToSend = { list, kept: list !== undefined, extra: list ? [] : fields, neverIndexed }
  if (stream.waiting !== undefined || stream.id === 0)
    return queue(stream, { octets: nothing, sent: 0, endStream: true, trailers })
  const refusal = refusalOf(stream.connection, trailers)
  if (refusal) return resetStream(stream, 'INTERNAL_ERROR', refusal)
  writeBlock(stream.connection, stream.id, trailers, true)
  endLocal(stream)
}
