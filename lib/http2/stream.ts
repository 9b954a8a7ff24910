import type { Connection } from './connection.ts'
import type { Http2Error, Http2ErrorCode } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { Opening } from './open-stream.ts'
import { resetStream } from './close-stream.ts'
import { consume } from './receive-window.ts'
import { begin, commit, sendData } from './send-data.ts'
import { sendHeaders, sendTrailers } from './send-headers.ts'
import type { HeaderInit } from './sent-headers.ts'
import type { Waiting } from './send-data.ts'

/**
 * What hears of a stream. Every function may be left out. What one throws ends its stream with INTERNAL_ERROR and is
 * thrown on, outside of the connection.
 */
export interface StreamListener {
  /** The response's headers have come (client). */
  onHeaders?(stream: Http2Stream, headers: HeaderBlock): void
  /** An interim response, as 103 Early Hints (client). */
  onInterim?(stream: Http2Stream, headers: HeaderBlock): void
  /** Octets of the body, valid only during the call. Say `consume` when they are dealt with: the peer waits for it. */
  onData?(stream: Http2Stream, octets: Buffer): void
  /** The peer has sent everything; `trailers` where it sent some. */
  onEnd?(stream: Http2Stream, trailers: HeaderBlock | undefined): void
  /** What had to wait has left; `write` may be called again. */
  onDrain?(stream: Http2Stream): void
  /** The last word: both sides have ended, or `error` says why not. */
  onClose?(stream: Http2Stream, error: Http2Error | undefined): void
}

/** How headers are sent. */
export interface SendOptions {
  /** Nothing follows them. */
  readonly end?: boolean
  /** Fields of this message alone, beside a list that is sent again and again. */
  readonly extra?: HeaderInit
  /** Names whose values no table may keep, beside authorization, proxy-authorization, cookie and set-cookie. */
  readonly neverIndexed?: readonly string[]
}

/** One request and its response. */
export interface Http2Stream {
  /** 0 while a client's stream waits to be opened. */
  readonly id: number
  /** What the peer sent: a request (server), or the response once it has come (client). */
  readonly headers: HeaderBlock | undefined
  listener: StreamListener
  /** A place for whoever uses the stream. */
  data: unknown
  /** Both sides have ended, or the stream was reset. */
  readonly closed: boolean
  /** Octets that `write` has taken and that have not left yet. */
  readonly queued: number
  /** Sends the response's headers, or an interim response (server). Throws an Error when they were sent, a TypeError for what HTTP/2 forbids. */
  respond(headers: HeaderInit, options?: SendOptions): void
  /**
   * Sends octets, or text as UTF-8. False when something has to wait for the peer or the socket: go on after `onDrain`.
   * Octets that wait are not copied: leave them as they are. Throws an Error before headers and after the end.
   */
  write(octets: Uint8Array | string): boolean
  /** Ends our side, with last octets if there are some. */
  end(octets?: Uint8Array | string): void
  /** Ends our side with trailers. */
  sendTrailers(trailers: HeaderInit, options?: Pick<SendOptions, 'neverIndexed'>): void
  /** So many octets that `onData` gave have been dealt with; the peer may send as many more. */
  consume(octets: number): void
  /** Ends the stream at once, both ways. */
  reset(code?: Http2ErrorCode): void
}

const deaf: StreamListener = {}

/** The one object for each stream; the connection's functions know its fields, users its interface. */
export class Stream implements Http2Stream {
  id: number
  readonly connection: Connection
  listener: StreamListener = deaf
  data: unknown = undefined
  headers: HeaderBlock | undefined = undefined
  closed = false
  /** The headers of a stream of ours that waits to be opened. */
  opening: Opening | undefined = undefined
  /** Our side has ended (or its end waits in the queue). */
  ending = false
  localEnded = false
  remoteEnded = false
  headersSent = false
  isHead = false
  /** What we may send before the peer gives more; negative after it has shrunk its window. */
  sendWindow: number
  /** What the peer may send. */
  receiveWindow: number
  /** Came and was not consumed yet. */
  held = 0
  /** Consumed and not yet given back to the peer. */
  credit = 0
  /** What `content-length` still promises; -1 where it says nothing. */
  expected = -1
  /** What could not leave at once, in order. */
  waiting: Waiting[] | undefined = undefined
  queued = 0
  /** When the last of it left, or the first came, for the stall limit. */
  movedAt = 0
  /** In the line of those that wait for the connection, not for their own window. */
  inLine = false
  before: Stream | undefined = undefined
  behind: Stream | undefined = undefined

  constructor(connection: Connection, id: number) {
    this.connection = connection
    this.id = id
    this.sendWindow = connection.peer.initialWindowSize
    this.receiveWindow = connection.announcedWindow
  }

  respond(headers: HeaderInit, options?: SendOptions): void {
    sendHeaders(this, headers, options)
  }
  write(octets: Uint8Array | string): boolean {
    return sendData(this, octets, false)
  }
  end(octets?: Uint8Array | string): void {
    sendData(this, octets, true)
  }
  sendTrailers(trailers: HeaderInit, options?: Pick<SendOptions, 'neverIndexed'>): void {
    sendTrailers(this, trailers, options)
  }
  consume(octets: number): void {
    consume(this, octets)
  }
  reset(code: Http2ErrorCode = 'CANCEL'): void {
    resetStream(this, code)
  }

  /** Room for `most` octets of one DATA frame in `connection.output.buffer`: where they go, or -1 where `write` must be used. */
  begin(most: number): number {
    return begin(this, most)
  }
  /** Sends the octets that were written where `begin` said. */
  commit(size: number, end: boolean): void {
    commit(this, size, end)
  }
}
