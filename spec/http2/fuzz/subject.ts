import { Connection } from '../../../lib/http2/connection.ts'
import type { Http2Error } from '../../../lib/http2/error.ts'
import type { Http2Options } from '../../../lib/http2/options.ts'
import { headerList } from '../../../lib/http2/sent-headers.ts'
import type { Sink } from '../../../lib/http2/sink.ts'
import type { Http2Stream, StreamListener } from '../../../lib/http2/stream-face.ts'

/** Limits that a fuzzed input can reach. */
export const limits = {
  maxConcurrentStreams: 8,
  streamWindow: 2_000,
  connectionWindow: 70_000,
  maxHeaderListSize: 4_000,
} satisfies Http2Options

const body = Buffer.alloc(3_000, 'b')
const answer = headerList({ ':status': 200, 'content-type': 'text/plain', server: 'subject' })
const trailers = headerList(['grpc-status', '0'])
const request = headerList([
  ':method',
  'POST',
  ':scheme',
  'http',
  ':path',
  '/fuzz',
  ':authority',
  'x',
  'te',
  'trailers',
])
const spare = Buffer.allocUnsafe(33 * 1024)

/** A connection with an application on it that does a bit of everything, and all that was heard of it. */
export class Subject {
  readonly connection: Connection
  readonly events: string[] = []
  readonly faults: unknown[] = []
  /** How often each stream was closed. */
  readonly closes = new Map<Http2Stream, number>()
  connectionCloses = 0
  error: Http2Error | undefined
  ended = false
  private pieces: Buffer[] = []

  constructor(role: 'server' | 'client') {
    const sink: Sink = {
      unwritten: 0,
      paused: false,
      wake() {},
      lend: () => spare,
      giveBack() {},
      write: (buffer, length) => {
        if (this.ended) throw new Error('the connection writes behind its end')
        this.pieces.push(Buffer.from(buffer.subarray(0, length)))
        return buffer
      },
      end: () => (this.ended = true),
      now: () => 0,
    }
    this.connection = new Connection(
      role,
      sink,
      {
        onStream: (stream) => this.serve(stream),
        onGoaway: ({ message }) => this.events.push(message),
        onFault: (error) => this.faults.push(error),
        onClose: (error) => {
          this.connectionCloses++
          this.error = error
        },
      },
      limits,
    )
    this.connection.start()
    if (role === 'client') this.ask()
  }

  /** All that was written so far. */
  output(): Buffer {
    this.connection.flush()
    const all = Buffer.concat(this.pieces)
    this.pieces = [all]
    return all
  }

  /** A client's requests: each with another way to go on. */
  private ask(): void {
    for (let i = 0; i < 8; i++) {
      const stream = this.connection.request(request, { end: i % 4 === 0, listener: this.listener(i) })
      this.closes.set(stream, 0)
      if (i % 4 === 1) stream.write(body)
      if (i % 4 === 2) stream.end('a few octets')
      if (i % 4 === 3) stream.sendTrailers(trailers)
    }
  }

  private serve(stream: Http2Stream): void {
    this.closes.set(stream, 0)
    this.events.push(`${stream.id} request ${stream.headers!.fields.join()}`)
    const way = (stream.id >> 1) % 6
    stream.listener = this.listener(way)
    if (way === 4) stream.reset('REFUSED_STREAM')
    if (way === 0) stream.respond(answer, { end: true })
    if (way === 1) stream.respond({ ':status': 103 })
    if (way !== 2) return
    stream.respond(answer, { extra: ['x-id', String(stream.id)] })
    // The peer may have said that it takes no headers, or hardly any: then that was its end.
    if (!stream.closed) stream.write(body)
  }

  private listener(way: number): StreamListener {
    const note = (stream: Http2Stream, text: string): void => {
      if (this.closes.get(stream) !== 0 && stream.closed) throw new Error(`${text} behind onClose`)
      this.events.push(`${stream.id} ${text}`)
    }
    return {
      onHeaders: (stream, { fields }) => note(stream, `headers ${fields.join()}`),
      onInterim: (stream, { fields }) => note(stream, `interim ${fields.join()}`),
      onData: (stream, octets) => {
        note(stream, `data ${octets.toString('latin1')}`)
        if (way === 3) return
        stream.consume(octets.length)
        if (way === 5 && octets[0] === 0) stream.reset()
      },
      onEnd: (stream, block) => {
        note(stream, `end ${block?.fields.join()}`)
        if (!this.connection.isServer) return
        if (way === 1) {
          stream.respond(answer)
          stream.end(body.subarray(0, 100))
        }
        if (way === 2) stream.sendTrailers(trailers)
      },
      onClose: (stream, error) => {
        this.events.push(`${stream.id} close ${error?.code} ${error?.remote} ${error?.unprocessed}`)
        this.closes.set(stream, (this.closes.get(stream) ?? 0) + 1)
      },
    }
  }
}
