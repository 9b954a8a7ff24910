import { destroy, finishWhenIdle, lose, shutdown } from './end-connection.ts'
import type { Http2ErrorCode } from './error.ts'
import { openStream, openWaiting, type RequestOptions } from './open-stream.ts'
import { changedSettings, type Http2Options } from './options.ts'
import { ping } from './ping.ts'
import { firstWindow, frameTypes, preface } from './protocol.ts'
import { pump } from './pump.ts'
import { receive } from './receive.ts'
import type { HeaderInit } from './sent-headers.ts'
import { announce } from './settings.ts'
import { ConnectionState, type OnAnswer } from './state.ts'
import { Stream } from './stream.ts'
import { tick } from './tick.ts'

/**
 * One end of an HTTP/2 connection (RFC 9113), without sockets or timers: octets go in by `receive`, time by `tick`;
 * octets come out at the sink, and everything else at the listeners.
 */
export class Connection extends ConnectionState {
  /** Says hello: the preface of a client, our SETTINGS, the connection's window. Throws nothing; call it once. */
  start(): void {
    const { output, settings } = this
    if (!this.isServer) {
      const at = output.reserve(preface.length)
      output.at = at + preface.copy(output.buffer, at)
    }
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
    pump(this)
  }

  /** To be called every second or so. */
  tick(now: number): void {
    tick(this, now)
  }

  /** The socket has ended or failed. */
  lost(cause?: unknown): void {
    lose(this, cause)
  }

  /** Opens a stream (client). It waits for the peer's SETTINGS and its limit. Throws for bad headers, an Http2Error when the connection takes no more. */
  request(headers: HeaderInit, options?: RequestOptions): Stream {
    const stream = new Stream(this, 0)
    openStream(stream, headers, options)
    return stream
  }

  /** Announces other limits; they hold once the peer has acknowledged them. */
  update(changes: Pick<Http2Options, 'maxConcurrentStreams' | 'streamWindow' | 'headerTableSize'>): void {
    this.settings = changedSettings(this.settings, changes)
    announce(this)
  }

  /** Sends a PING; `onAnswer` hears of its answer, or of the connection's end. */
  ping(onAnswer: OnAnswer): void {
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

  accept(id: number): Stream {
    return new Stream(this, id)
  }

  afterClose(): void {
    if (this.waiting.size > 0) {
      openWaiting(this)
      pump(this)
    }
    if (this.draining) finishWhenIdle(this)
  }
}
