import { BlockCache } from './block-cache.ts'
import type { Http2Error, Http2ErrorCode } from './error.ts'
import { FloodGuard } from './flood.ts'
import type { HeaderBlock } from './header-block.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import { HpackEncoder } from './hpack/encoder.ts'
import { Incoming } from './incoming.ts'
import { Line } from './line.ts'
import { settingsOf, type Http2Options, type Http2Settings } from './options.ts'
import { Output } from './output.ts'
import { firstPeerSettings, type PeerSettings } from './peer-settings.ts'
import { firstWindow, preface } from './protocol.ts'
import type { HeaderInit, HeadersToSend } from './sent-headers.ts'
import type { Sink } from './sink.ts'
import type { Http2Connection, Http2Stream, SendOptions, StreamListener } from './stream-face.ts'
import { StreamTable } from './stream-table.ts'
import { Templates } from './templates.ts'
import { Times } from './times.ts'

/** What hears of a connection. */
export interface ConnectionListener {
  /** A request has come (server); its listener is to be set now. */
  onStream?(stream: Http2Stream): void
  /** The peer's first SETTINGS have come. */
  onReady?(): void
  /** The peer takes no more streams. */
  onGoaway?(error: Http2Error): void
  /** The connection is over: all its streams have been closed. */
  onClose?(error: Http2Error | undefined): void
  /** A listener threw. */
  onFault(error: unknown): void
}

/** What waits on a stream: octets, the end, or trailers, which are always last. */
export interface Waiting {
  readonly octets: Uint8Array
  /** So many of them have left. */
  sent: number
  readonly endStream: boolean
  readonly trailers: HeadersToSend | undefined
}

/** What one SETTINGS frame of ours changes once it is acknowledged. */
export interface Announced {
  readonly window: number
  readonly tableSize: number
  readonly at: number
}

/** Hears of the answer to a PING, or of the connection's end. */
export type OnAnswer = (error: Http2Error | undefined) => void

const deaf: StreamListener = {}

/** What is known of one stream. Its methods are those of `Stream`; the functions beside it work on this. */
export abstract class StreamState implements Http2Stream {
  id: number
  readonly connection: ConnectionState
  listener: StreamListener = deaf
  data: unknown = undefined
  headers: HeaderBlock | undefined = undefined
  closed = false
  /** The headers of a stream of ours that waits to be opened. */
  opening: HeadersToSend | undefined = undefined
  /** Our side has ended, or its end waits in the queue. */
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
  /** `write` has returned false, and nothing has been said of room since. */
  owesDrain = false
  /** When the last of it left, or the first came, for the stall limit. */
  movedAt = 0
  /** In the line of those that wait for the connection, not for their own window. */
  inLine = false
  before: StreamState | undefined = undefined
  behind: StreamState | undefined = undefined

  constructor(connection: ConnectionState, id: number) {
    this.connection = connection
    this.id = id
    this.sendWindow = connection.peer.initialWindowSize
    this.receiveWindow = connection.announcedWindow
  }

  abstract respond(headers: HeaderInit, options?: SendOptions): void
  abstract write(octets: Uint8Array | string): boolean
  abstract end(octets?: Uint8Array | string): void
  abstract sendTrailers(trailers: HeaderInit, options?: Pick<SendOptions, 'neverIndexed'>): void
  abstract consume(octets: number): void
  abstract reset(code?: Http2ErrorCode): void
}

/** What is known of one end of a connection. Its methods are those of `Connection`; the functions beside it work on this. */
export abstract class ConnectionState implements Http2Connection {
  remoteAddress: string | undefined = undefined
  data: unknown = undefined
  readonly isServer: boolean
  settings: Http2Settings
  readonly sink: Sink
  readonly listener: ConnectionListener
  readonly output: Output
  readonly peer: PeerSettings = firstPeerSettings()
  readonly streams = new StreamTable<StreamState>()
  readonly incoming: Incoming
  /** The peer's encoder starts with a table of 4,096 octets, whatever we announce. */
  readonly decoder = new HpackDecoder(4096)
  readonly encoder = new HpackEncoder()
  readonly blocks = new BlockCache()
  readonly templates = new Templates()
  readonly flood: FloodGuard
  readonly times: Times
  /** Streams that have something to send and a window of their own; they take turns, a frame each. */
  readonly line = new Line<StreamState>()
  pumping = false
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
  readonly waiting = new Set<StreamState>()
  /** Streams that we have reset while the peer may still be sending. */
  readonly wasReset = new Set<number>()

  /** The first SETTINGS of the peer have come. */
  ready = false
  /** The last stream that our GOAWAY names; -1 before there is one. */
  goawaySent = -1
  goawayReceived = -1
  /** Why the peer said so, unless it was for no error. */
  goawayError: Http2Error | undefined = undefined
  /** No new streams; the connection ends with the last of them. */
  draining = false
  closed = false
  /** PINGs of ours that wait for their answers, in order. */
  readonly pings: OnAnswer[] = []
  pingsSent = 0

  constructor(role: 'server' | 'client', sink: Sink, listener: ConnectionListener, options?: Http2Options) {
    this.isServer = role === 'server'
    this.nextId = this.isServer ? 2 : 1
    this.settings = settingsOf(role, options)
    this.sink = sink
    this.listener = listener
    this.output = new Output(sink)
    this.incoming = new Incoming(this.isServer ? preface.length : 0)
    this.flood = new FloodGuard(this.settings.floods, () => sink.now())
    this.times = new Times(sink.now())
  }

  /** Makes the stream of a request that has come. */
  abstract accept(id: number): StreamState
  /** A stream has been closed: another may be opened, or the connection has no more to do. */
  abstract afterClose(): void
}
