import type { Http2Error, Http2ErrorCode } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { HeaderInit } from './sent-headers.ts'

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

/** The connection that a stream belongs to. */
export interface Http2Connection {
  /** The other side's address, where there is a socket. */
  readonly remoteAddress: string | undefined
  /** A place for whoever uses the connection. */
  data: unknown
}

/** One request and its response. */
export interface Http2Stream {
  readonly connection: Http2Connection
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
