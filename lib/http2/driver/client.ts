import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { Connection } from '../connection.ts'
import { Http2Error } from '../error.ts'
import type { RequestOptions } from '../open-stream.ts'
import { settingsOf, type Http2Options } from '../options.ts'
import type { HeaderInit } from '../sent-headers.ts'
import type { Http2Stream } from '../stream-face.ts'
import { drive } from './drive.ts'

/** How a client connects. */
export interface Http2ClientOptions extends Http2Options {
  /** As `tls.connect` takes them, for `https:` addresses. */
  readonly tls?: ConnectionOptions
  /** Until a socket is connected, the TLS handshake included; 10 s by default. */
  readonly connectTimeoutMs?: number
  /** Hears why a connection was lost. Its streams hear of it too. */
  readonly onConnectionError?: (error: Http2Error) => void
  /** Hears that a connection stands: the peer's SETTINGS have come. */
  readonly onConnectionReady?: () => void
  /** Hears, once for each connection, that no request goes out over it any more: the peer said GOAWAY, or it has ended. */
  readonly onConnectionEnd?: (error: Http2Error | undefined) => void
  /** Hears what a listener has thrown. Without it that is an uncaught exception. */
  readonly onFault?: (error: unknown) => void
}

/** A client of one server: one connection at a time, opened when it is needed. */
export interface Http2Client {
  /**
   * Opens a stream: at once, or when the connection stands and the peer takes one more. Give it its `listener` now.
   * A stream that fails with `unprocessed` never began and may be sent again.
   * Throws a TypeError for bad headers and an Http2Error when the client was closed or too many streams wait.
   */
  request(headers: HeaderInit, options?: RequestOptions): Http2Stream
  /** Round trip of a PING, in milliseconds; rejects when the connection is lost. */
  ping(): Promise<number>
  /** Lets open streams end, for at most `graceMs` (10 s), then ends the rest. */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** A client that can be told to connect, before there is a request. */
export interface OpenableClient extends Http2Client {
  /** Begins to connect, unless a connection stands or is being made. Throws an Http2Error when the client was closed. */
  open(): void
}

/** Makes a client for `http://host:port` (h2c with prior knowledge) or `https://host:port`. Throws a TypeError for another URL. */
export function connect(url: string, options: Http2ClientOptions = {}): OpenableClient {
  const {
    tls,
    connectTimeoutMs = 10_000,
    onConnectionError,
    onConnectionReady,
    onConnectionEnd,
    onFault = throwLater,
    ...limits
  } = options
  const settings = settingsOf('client', limits)
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`http2: ${url} is neither http: nor https:`)
  const host = hostname.replace(/^\[|\]$/g, '')
  let current: Connection | undefined
  const all = new Set<Connection>()
  let closed = false
  const onEmpty: (() => void)[] = []

  const open = (): Connection => {
    if (closed)
      throw new Http2Error('REFUSED_STREAM', 'the client was closed', {
        scope: 'connection',
        unprocessed: true,
      })
    if (current && !current.closed && !current.draining) return current
    const socket: Socket =
      protocol === 'https:'
        ? connectTls({
            host,
            port: Number(port || 443),
            ...(isIP(host) ? {} : { servername: host }),
            ...tls,
            ALPNProtocols: ['h2'],
          })
        : connectTcp({ host, port: Number(port || 80) })
    let isUsed = true
    const ended = (error: Http2Error | undefined): void => {
      // One that was replaced before is nobody's loss.
      if (isUsed && connection === current) onConnectionEnd?.(error)
      isUsed = false
    }
    const connection = drive(
      'client',
      socket,
      {
        onFault,
        ...(onConnectionReady ? { onReady: onConnectionReady } : {}),
        onGoaway: ended,
        onClose(error) {
          all.delete(connection)
          if (error) onConnectionError?.(error)
          ended(error)
          if (all.size > 0) return
          for (const resolve of onEmpty.splice(0)) resolve()
        },
      },
      settings,
    )
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms (connectTimeoutMs)`)),
      connectTimeoutMs,
    )
    socket.once('close', () => clearTimeout(timer))
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2')
        socket.destroy(new Error('the server does not speak HTTP/2 (ALPN)'))
    })
    all.add(connection)
    return (current = connection)
  }
  return {
    open: () => void open(),
    request: (headers, requestOptions) => open().request(headers, requestOptions),
    ping: () =>
      new Promise((resolve, reject) => {
        const start = performance.now()
        open().ping((error) => (error ? reject(error) : resolve(performance.now() - start)))
      }),
    async close({ graceMs = 10_000 } = {}) {
      closed = true
      if (all.size === 0) return
      const empty = new Promise<void>((resolve) => onEmpty.push(resolve))
      const timer = setTimeout(() => {
        for (const connection of all) connection.destroy('CANCEL', 'the client was closed')
      }, graceMs)
      for (const connection of all) connection.shutdown()
      await empty
      clearTimeout(timer)
    },
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
