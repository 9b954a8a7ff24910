import type { Http2Stream, StreamListener } from 'microapi-ts/http2'

/** Calls back with the whole body, which most often comes as one piece. */
export const withBody = (done: (stream: Http2Stream, body: string) => void): StreamListener => ({
  onData(stream, octets) {
    const text = octets.toString()
    stream.data = stream.data === undefined ? text : (stream.data as string) + text
    stream.consume(octets.length)
  },
  onEnd(stream) {
    done(stream, (stream.data as string | undefined) ?? '')
  },
})
