import { isUtf8 } from 'node:buffer'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { RpcError } from '../../core/errors.ts'
import { ServerSession, type ServerSessionOptions } from '../../wire/session/server-session.ts'
import type { Port } from '../../wire/session/port.ts'
import { invalidMessage } from '../../wire/session/write-reply.ts'
import { drained } from './close-code.ts'
import { createCork } from './cork.ts'

/** What all connections of a server share. */
export interface ConnectionContext {
  readonly maxBufferedBytes: number
  /** Whether the server takes no more calls: a connection ends when its last call has. */
  readonly closing: () => boolean
  ended(connection: Connection): void
}

/** One client's connection. A class: there may be many thousands, most of them idle. */
export class Connection implements Port {
  private readonly socket: WebSocket
  private readonly cork: () => void
  private readonly session: ServerSession
  private readonly context: ConnectionContext
  private missed = 0
  private isPaused = false

  constructor(
    socket: WebSocket,
    raw: Duplex,
    session: Omit<ServerSessionOptions, 'onIdle' | 'onStuck'>,
    context: ConnectionContext,
  ) {
    this.socket = socket
    this.cork = createCork(raw)
    this.context = context
    this.session = new ServerSession(this, {
      ...session,
      onIdle: () => this.idle(),
      onStuck: () => this.terminate(),
    })
    socket.on('message', (data: RawData, isBinary: boolean) => this.receive(data as Buffer, isBinary))
    socket.on('pong', () => (this.missed = 0))
    // What it says of is told by `close` as well.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.session.lost()
      context.ended(this)
    })
  }

  private receive(bytes: Buffer, isBinary: boolean): void {
    this.missed = 0
    // Our goodbye has left: what has come since never ran, and the client knows it.
    if (this.socket.readyState !== this.socket.OPEN) return
    if (isBinary && !isUtf8(bytes)) return void this.send(invalidMessage)
    this.session.receive(bytes.toString(), bytes.length)
  }

  send(text: string): boolean {
    const { socket } = this
    this.cork()
    if (socket.bufferedAmount + text.length <= this.context.maxBufferedBytes) {
      socket.send(text)
      return true
    }
    socket.send(text, () => {
      if (socket.bufferedAmount <= this.context.maxBufferedBytes) this.session.drained()
    })
    return false
  }

  pause(): void {
    this.isPaused = true
    this.socket.pause()
  }

  resume(): void {
    this.isPaused = false
    this.socket.resume()
  }

  /** Asks whether the peer lives; one that has not answered twice is gone. Who is held cannot be heard. */
  beat(): void {
    if (!this.isPaused && ++this.missed > 2) this.socket.terminate()
    else this.socket.ping()
  }

  /** Ends the connection as soon as no call runs on it. */
  drain(): void {
    if (this.session.size === 0) this.socket.close(1001, drained)
  }

  private idle(): void {
    if (this.context.closing()) this.drain()
  }

  /** Ends it, whatever runs. */
  close(): void {
    if (this.session.size === 0) return this.drain()
    this.session.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    this.socket.close(1012)
  }

  terminate(): void {
    this.socket.terminate()
  }
}
