import type { ClientHttp2Stream, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { errorCodes, Http2Error, type Http2ErrorCode } from '../../../http2/error.ts'
import type { HeaderBlock } from '../../../http2/header-block.ts'
import { headerList, plainFields, type FlatFields, type HeaderInit } from '../../../http2/sent-headers.ts'
import type { Http2Stream, SendOptions, StreamListener } from '../../../http2/stream-face.ts'
import type { NodeConnection } from './connection.ts'
import { blockOf, objectOf } from './headers.ts'

/** What was given and not consumed may be so many octets before reading stops. */
const readAhead = 65_536

/** A stream of node:http2 with the face of ours. */
export class NodeStream implements Http2Stream {
  readonly connection: NodeConnection
  listener: StreamListener = {}
  data: unknown = undefined
  headers: HeaderBlock | undefined = undefined
  closed = false
  private readonly stream: ServerHttp2Stream | ClientHttp2Stream
  private trailers: HeaderBlock | undefined = undefined
  private toSend: FlatFields = []
  /** The peer has ended its side: END_STREAM has come. */
  private complete = false
  private ended = false
  private answeredEarly = false
  private held = 0
  private lost: Error | undefined = undefined

  constructor(stream: ServerHttp2Stream | ClientHttp2Stream, connection: NodeConnection) {
    this.stream = stream
    this.connection = connection
    connection.open++
    this.complete = stream.endAfterHeaders
    const push = stream.push.bind(stream)
    // 'end' means END_STREAM, or a lost socket, or RST_STREAM with the codes 0 and 8: by then it is closed.
    stream.push = (octets: unknown) => {
      if (octets === null && !stream.closed) this.complete = true
      return push(octets)
    }
    stream.on('data', (octets: Buffer) => this.take(octets))
    stream.on('trailers', (fields: IncomingHttpHeaders) => this.last(fields))
    stream.on('end', () => this.finish())
    stream.on('drain', () => this.closed || this.listener.onDrain?.(this))
    stream.on('wantTrailers', () => this.giveTrailers())
    stream.on('error', (error: Error) => (this.lost = error))
    stream.on('close', () => {
      connection.open--
      // Behind a reset 'end' may be missing, though everything had come.
      if (this.complete && stream.readableLength === 0) this.finish()
      const code = stream.rstCode ?? 0
      const good = code === 0 && (this.ended || this.answeredEarly)
      // What this side resets for a mistake counts as if the peer had done so.
      if (!this.closed || code === errorCodes.PROTOCOL_ERROR) connection.onStreamClose?.(good)
      this.over(good ? undefined : connection.failureOf(code, this.id, this.lost))
    })
  }

  get id(): number {
    return this.stream.id ?? 0
  }
  get queued(): number {
    return this.stream.writableLength
  }

  /** The response's headers have come (client). */
  answered(headers: HeaderBlock | undefined): void {
    if (this.closed) return
    if (!headers) return this.reset('PROTOCOL_ERROR')
    this.headers = headers
    this.listener.onHeaders?.(this, headers)
  }
  private take(octets: Buffer): void {
    if (this.closed) return
    this.held += octets.length
    if (this.held > readAhead) this.stream.pause()
    this.listener.onData?.(this, octets)
  }
  consume(octets: number): void {
    this.held -= octets
    if (this.held <= readAhead && this.stream.isPaused()) this.stream.resume()
  }
  private last(fields: IncomingHttpHeaders): void {
    this.trailers = blockOf(fields)
    if (!this.trailers) this.reset('PROTOCOL_ERROR')
  }
  private finish(): void {
    if (this.closed || this.ended || !this.complete) return
    this.ended = true
    this.listener.onEnd?.(this, this.trailers)
  }

  respond(init: HeaderInit, { extra, end = false }: SendOptions = {}): void {
    const stream = this.stream as ServerHttp2Stream
    if (this.closed || stream.destroyed) return
    const fields = objectOf(headerList(init).fields, extra ? plainFields(extra) : [])
    // Node reads `sendDate`; its types do not know it.
    const options = { endStream: end, waitForTrailers: !end, sendDate: false }
    this.connection.earlyPings = 0
    stream.respond(fields, options)
    if (end) this.letGo()
  }
  write(octets: Uint8Array | string): boolean {
    const { stream } = this
    this.connection.earlyPings = 0
    // Node keeps what it is given until it has left, whatever it returns, and the caller may use its buffer again.
    return stream.writable && stream.write(typeof octets === 'string' ? octets : Buffer.from(octets))
  }
  end(octets?: Uint8Array | string): void {
    if (this.stream.writable) this.stream.end(octets)
  }
  sendTrailers(trailers: HeaderInit): void {
    this.toSend = plainFields(trailers)
    this.end()
  }
  private giveTrailers(): void {
    try {
      this.stream.sendTrailers(objectOf(this.toSend))
    } catch {
      return this.reset('INTERNAL_ERROR')
    }
    this.letGo()
  }
  // The answer has left; what the client still sends is in vain. Not in this turn, in which node:http2 is sending.
  private letGo(): void {
    if (this.ended) return
    setImmediate(() => {
      if (this.closed || this.stream.destroyed) return
      this.answeredEarly = true
      this.stream.close(errorCodes.NO_ERROR)
      this.stream.resume()
    })
  }

  reset(code: Http2ErrorCode = 'CANCEL'): void {
    // `letGo` does it when the answer has left. Closed between the end and its trailers, a stream loses them, and where
    // nothing was written before them Node 20 writes empty DATA frames without end until memory is full.
    if (this.closed || code === 'NO_ERROR') return
    // Node would say END_STREAM before RST_STREAM: half a request could be taken for a whole one.
    this.stream._final = (done) => done()
    this.stream.close(errorCodes[code])
    this.stream.resume()
    this.over(new Http2Error(code, `the stream was reset: ${code}`, { unprocessed: this.id === 0 }))
  }

  private over(error: Http2Error | undefined): void {
    if (this.closed) return
    this.closed = true
    this.listener.onClose?.(this, error)
  }
}
