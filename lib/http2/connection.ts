import { BlockCache } from './block-cache.ts'
import type { Http2Error, Http2ErrorCode } from './error.ts'
import { FloodGuard } from './flood.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import { HpackEncoder } from './hpack/encoder.ts'
import { settingsOf, type Http2Options, type Http2Settings } from './options.ts'
import { Output } from './output.ts'
import { destroy, lose, shutdown } from './end-connection.ts'
import { openStream, type RequestOptions } from './open-stream.ts'
import { firstPeerSettings, type PeerSettings } from './peer-settings.ts'
import { ping, Pings } from './ping.ts'
import { firstWindow, frameTypes, preface } from './protocol.ts'
import { Incoming, receive } from './receive.ts'
import { SendLine } from './send-line.ts'
import type { HeaderInit } from './sent-headers.ts'
import { announce, type Announced } from './settings.ts'
import type { Sink } from './sink.ts'
import type { Stream } from './stream.ts'
import { StreamTable } from './stream-table.ts'
import { Templates } from './templates.ts'
import { tick, Timers } from './timers.ts'

/** What hears of a connection. */
export interface ConnectionListener {
  /** A request has come (server); its listener is to be set now. */
  onStream?(stream: Stream): void
  /** The peer's first SETTINGS have come. */
  onReady?(): void
  /** The peer takes no more streams. */
  onGoaway?(error: Http2Error): void
  /** The connection is over: all its streams have been closed. */
  onClose?(error: Http2Error | undefined): void
  /** A listener threw. */
  onFault(error: unknown): void
}

/**
 * One end of an HTTP/2 connection (RFC 9113), without sockets or timers: octets go in by `receive`, time by `tick`;
 * octets come out at the sink, and everything else at the listeners. This class is the state that the functions in the
 * files beside it work on; what its users need are its methods.
 */
export class Connection {
  readonly isServer: boolean
  settings: Http2Settings
  readonly sink: Sink
  readonly listener: ConnectionListener
  readonly output: Output
  readonly peer: PeerSettings = firstPeerSettings()
  readonly streams = new StreamTable()
  readonly incoming: Incoming
  readonly decoder: HpackDecoder
  readonly encoder = new HpackEncoder()
  readonly blocks = new BlockCache()
  readonly templates = new Templates()
  readonly flood: FloodGuard
  readonly timers: Timers
  readonly line = new SendLine()
  /** Our SETTINGS that the peer has not acknowledged yet, in order. */
  readonly announced: Announced[] = []
  /** The window that our acknowledged SETTINGS give to each stream. */
  announcedWindow = firstWindow
  sendWindow = firstWindow
  receiveWindow = firstWindow
  /** Consumed and not given back to the peer yet. */
  credit = 0

  lastPeerId = 0
  /** How many streams the peer has opened: fewer than its ids allow means that it left some out. */
  peerOpened = 0
  openByPeer = 0
  nextId: number
  openByUs = 0
  /** Streams of ours that we or the peer's limits keep from being opened. */
  readonly waiting = new Set<Stream>()
  /** Streams that we have reset while the peer may still be sending. */
  readonly wasReset = new Set<number>()

  /** The first SETTINGS of the peer have come. */
  ready = false
  /** The last stream that our GOAWAY names; -1 before there is one. */
  goawaySent = -1
  goawayReceived = -1
  /** No new streams; the connection ends with the last of them. */
  draining = false
  closed = false
  readonly pings = new Pings()

  constructor(role: 'server' | 'client', sink: Sink, listener: ConnectionListener, options?: Http2Options) {
    this.isServer = role === 'server'
    this.nextId = this.isServer ? 2 : 1
    this.settings = settingsOf(role, options)
    this.sink = sink
    this.listener = listener
    this.output = new Output(sink)
    this.incoming = new Incoming(this.isServer ? preface.length : 0)
    this.decoder = new HpackDecoder(4096)
    this.flood = new FloodGuard(this.settings.floods, () => sink.now())
    this.timers = new Timers(sink.now())
  }

  /** Says hello: the preface of a client, our SETTINGS, the connection's window. Throws nothing; call it once. */
  start(): void {
    const { output, settings } = this
    if (!this.isServer) output.at = output.reserve(preface.length) + preface.copy(output.buffer, output.at)
    announce(this)
    const more = settings.connectionWindow - firstWindow
    if (more > 0) output.words(frameTypes.windowUpdate, 0, 0, more)
    this.receiveWindow += more
  }

  /** Takes what the socket gave; the octets are not kept. */
  receive(octets: Buffer): void {
    receive(this, octets)
  }

  /** Sends what waits in the output. */
  flush(): void {
    this.output.flush()
  }

  /** The sink has room again. */
  drained(): void {
    this.output.blocked = false
    this.line.pump(this)
  }

  /** To be called every second or so. */
  tick(now: number): void {
    tick(this, now)
  }

  /** The socket has ended or failed. */
  lost(cause?: unknown): void {
    lose(this, cause)
  }

  /** Opens a stream (client). It waits for the peer's SETTINGS and its limit. Throws for bad headers, an Error when the connection takes no more. */
  request(headers: HeaderInit, options?: RequestOptions): Stream {
    return openStream(this, headers, options)
  }

  /** Announces other limits; they hold once the peer has acknowledged them. */
  update(changes: Pick<Http2Options, 'maxConcurrentStreams' | 'streamWindow' | 'headerTableSize'>): void {
    this.settings = settingsOf(this.isServer ? 'server' : 'client', { ...this.settings, ...changes })
    announce(this)
  }

  /** Sends a PING; `onAnswer` hears of its answer, or of the connection's end. */
  ping(onAnswer: (error: Http2Error | undefined) => void): void {
    ping(this, onAnswer)
  }

  /** No new streams from now on; the connection ends with the last one (RFC 9113 §6.8). */
  shutdown(): void {
    shutdown(this)
  }

  /** Ends the connection now; its streams are lost. */
  destroy(code: Http2ErrorCode = 'NO_ERROR', message = 'the connection was closed'): void {
    destroy(this, code, message)
  }
}
