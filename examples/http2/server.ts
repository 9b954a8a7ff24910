/** HTTP/2 without a framework: a stream is headers, octets and trailers. */
import { createServer, headerList, readStream, type Http2Stream } from 'microapi-ts/http2'

const text = headerList({ ':status': 200, 'content-type': 'text/plain; charset=utf-8' })
const notFound = headerList({ ':status': 404 })

/** Answers with what was sent, as it comes, and with its size in a trailer. */
async function echo(stream: Http2Stream): Promise<void> {
  const body = readStream(stream)
  let octets = 0
  stream.respond(text)
  for await (const piece of body) {
    octets += piece.length
    // False: the peer or its network is slower than we are. Then the next piece is not taken, and the sender waits too.
    if (!stream.write(piece)) await body.drained()
  }
  stream.sendTrailers({ 'x-octets': String(octets) })
}

export const server = createServer((stream) => {
  switch (stream.headers?.path) {
    case '/hello':
      stream.respond(text)
      return stream.end('Hello over HTTP/2\n')
    case '/echo':
      // What fails here is the stream's own affair: the peer has gone, or cancelled.
      return void echo(stream).catch(() => stream.reset('INTERNAL_ERROR'))
    default:
      stream.respond(notFound, { end: true })
  }
})
