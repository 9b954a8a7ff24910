import type { Http2Session, Settings } from 'node:http2'
import type { Socket } from 'node:net'
import { errorCodes, errorName, Http2Error, type Http2ErrorCode } from '../../../http2/error.ts'
import { settingsOf, type Http2Options, type Http2Settings } from '../../../http2/options.ts'
import { greatest31 } from '../../../http2/protocol.ts'
import type { Http2Connection } from '../../../http2/stream-face.ts'

/** From our FIN to the end of a socket whose peer does not close. */
const lingerMs = 2_000

/** A session of node:http2 with the face of our connections, and what its streams need to know of its end. */
export class NodeConnection<Session extends Http2Session = Http2Session> implements Http2Connection {
  readonly session: Session
  readonly remoteAddress: string | undefined
  data: unknown = undefined
  /** Streams that are open. */
  open = 0
  /** PINGs that came too early since something was sent. */
  earlyPings = 0
  /** Hears of streams that closed, in good order or not; not of those that this side gave up. */
  onStreamClose: ((good: boolean) => void) | undefined = undefined
  /** The last stream that the peer has taken, once it has said so. */
  lastId = Number.POSITIVE_INFINITY
  private reason: Http2Error | undefined = undefined
  private readonly socket: Socket

  constructor(session: Session, socket: Socket) {
    this.session = session
    this.socket = socket
    this.remoteAddress = socket.remoteAddress
    // Of a session that is over node:http2 only ends the socket, and waits for the peer to do likewise.
    session.socket.once('finish', () => this.linger())
    session.on('error', (error) => this.lost(error))
    session.on('goaway', (code, lastId) => {
      this.lastId = lastId
      if (code === 0) return
      const options = { scope: 'connection', remote: true } as const
      this.reason ??= new Http2Error(
        errorName(code),
        `the peer has ended the connection: ${errorName(code)}`,
        options,
      )
    })
  }

  private lost(cause: Error): void {
    const options = { scope: 'connection', cause } as const
    this.reason ??= new Http2Error('INTERNAL_ERROR', `the connection was lost: ${cause.message}`, options)
  }

  /** What the early end of one of its streams means; the code is that of the reset. */
  failureOf(code: number, id: number, cause: Error | undefined): Http2Error {
    // Refused, never sent, or not among those that the peer's GOAWAY names: it certainly never ran.
    const unprocessed = code === errorCodes.REFUSED_STREAM || id === 0 || id > this.lastId
    const { reason, session } = this
    if (!reason && !session.destroyed) {
      const message = `the stream was reset: ${errorName(code)}`
      return new Http2Error(errorName(code), message, { remote: true, unprocessed, cause })
    }
    return new Http2Error(reason?.code ?? 'INTERNAL_ERROR', reason?.message ?? 'the connection was lost', {
      scope: 'connection',
      remote: reason?.remote ?? false,
      unprocessed,
      cause: reason?.cause ?? cause,
    })
  }

  /** Ends it at once, with all its streams. */
  destroy(code: Http2ErrorCode, message: string): void {
    const { session, socket } = this
    this.reason ??= new Http2Error(code, message, { scope: 'connection' })
    const { connecting } = socket
    if (!session.destroyed && !connecting) {
      session.goaway(errorCodes[code], 0, Buffer.from(message))
      // What is not closed before has its socket destroyed at once: with octets left unread the GOAWAY would be lost.
      session.close()
    }
    // Without an error it would forget the code.
    session.destroy(new Error(message), errorCodes[code])
    // The socket does not even end while the peer reads nothing.
    this.linger(connecting ? 0 : lingerMs)
  }

  private linger(ms = lingerMs): void {
    const { socket } = this
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.once('close', () => clearTimeout(timer))
  }

  /** Lets its streams end, for at most `graceMs`, then ends it. */
  close(graceMs: number, message: string): Promise<void> {
    const { session } = this
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.destroy('CANCEL', message), graceMs)
      session.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      session.close()
    })
  }
}

/** Our options as node:http2 takes them. */
export interface NodeSettings {
  readonly limits: Http2Settings
  readonly session: {
    readonly settings: Settings
    readonly maxHeaderListPairs: number
    readonly maxSessionRejectedStreams: number
    readonly streamResetBurst: number
    readonly streamResetRate: number
    readonly maxSessionMemory: number
  }
}

/** Fills in the defaults. Beside the limits, the options may have callbacks and times that are not the connection's. */
export function nodeSettings(
  role: 'server' | 'client',
  options: Http2Options & { [name: string]: unknown },
): NodeSettings {
  const { onConnectionError: _, onFault: __, ...given } = options
  const limits = settingsOf(role, given)
  const { maxConcurrentStreams, streamWindow, maxFrameSize, maxHeaderListSize, headerTableSize } = limits
  const settings: Settings = {
    ...(role === 'server'
      ? { maxConcurrentStreams: Math.min(maxConcurrentStreams, greatest31) }
      : { enablePush: false }),
    initialWindowSize: streamWindow,
    maxFrameSize,
    maxHeaderListSize,
    headerTableSize,
  }
  const session = {
    settings,
    maxHeaderListPairs: Math.min(limits.maxHeaderFields, greatest31),
    // The guard counts what a peer resets; node:http2 would be earlier, and end the session with INTERNAL_ERROR.
    maxSessionRejectedStreams: 10_000,
    streamResetBurst: greatest31,
    streamResetRate: greatest31,
    // In megabytes; what its windows let in counts, beyond it node:http2 refuses streams.
    maxSessionMemory: 10 + Math.ceil(limits.connectionWindow / 500_000),
  }
  return { limits, session }
}
