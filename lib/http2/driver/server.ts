import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'
import type { Connection } from '../connection.ts'
import type { Http2Error } from '../error.ts'
import { settingsOf, type Http2Options } from '../options.ts'
import type { Http2Stream } from '../stream-face.ts'
import { drive } from './drive.ts'

/** How a server listens. */
export interface Http2ServerOptions extends Http2Options {
  /** Certificate and key, as `tls.createServer` takes them; without them it is HTTP/2 with prior knowledge (h2c). */
  readonly tls?: TlsOptions
  /** Hears why a connection was ended before its time: mistakes, floods, lost sockets. */
  readonly onConnectionError?: (error: Http2Error) => void
  /** Hears what a listener has thrown. Without it that is an uncaught exception. */
  readonly onFault?: (error: unknown) => void
}

/** A server of HTTP/2. */
export interface Http2Server {
  /** Listens; port 0 is a free one, the host is 127.0.0.1 unless told otherwise. Rejects when the port is taken. */
  listen(where?: { readonly port?: number; readonly host?: string }): Promise<{ host: string; port: number }>
  /** Takes no more connections; those that stand end with their last stream. */
  drain(): void
  /** Lets the streams that are open end, for at most `graceMs` (10 s), then ends the rest. */
  close(options?: { readonly graceMs?: number }): Promise<void>
  /** How many connections there are. */
  readonly connections: number
}

/** Makes a server; `onStream` hears of every request and sets its `listener`. Throws a RangeError for an option out of range. */
export function createServer(
  onStream: (stream: Http2Stream) => void,
  options: Http2ServerOptions = {},
): Http2Server {
  const { tls, onConnectionError, onFault = throwLater, ...limits } = options
  const settings = settingsOf('server', limits)
  const connections = new Set<Connection>()
  const onEmpty: (() => void)[] = []
  let closing = false

  const accept = (socket: Socket): void => {
    const connection = drive(
      'server',
      socket,
      {
        onStream,
        onFault,
        onClose(error) {
          connections.delete(connection)
          if (error) onConnectionError?.(error)
          if (connections.size > 0) return
          for (const resolve of onEmpty.splice(0)) resolve()
        },
      },
      settings,
    )
    connections.add(connection)
    if (closing) connection.shutdown()
  }
  const handshaking = new Map<string, Socket>()
  const server = tls
    ? listenTls(tls, settings.handshakeTimeoutMs, { accept, handshaking })
    : createTcpServer(accept)

  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  const drain = (): void => {
    if (closing) return
    closing = true
    server.close()
    for (const connection of connections) connection.shutdown()
  }

  return {
    get connections() {
      return connections.size
    },
    listen: ({ port = 0, host = '127.0.0.1' } = {}) => listen(server, port, host),
    drain,
    async close({ graceMs = 10_000 } = {}) {
      drain()
      const empty = new Promise<void>((resolve) =>
        connections.size === 0 ? resolve() : onEmpty.push(resolve),
      )
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy('CANCEL', 'the server is shutting down')
      }, graceMs)
      await empty
      clearTimeout(timer)
      for (const socket of handshaking.values()) socket.destroy()
      await closed
    },
  }
}

/** Where sockets go: those that have agreed on HTTP/2, and those that are still about it. */
interface Arrivals {
  readonly accept: (socket: Socket) => void
  /** By address and port, which a TLS socket shares with the one beneath it. */
  readonly handshaking: Map<string, Socket>
}

function listenTls(tls: TlsOptions, handshakeTimeout: number, { accept, handshaking }: Arrivals): Server {
  const server = createTlsServer(
    { minVersion: 'TLSv1.2', handshakeTimeout, ...tls, ALPNProtocols: ['h2'] },
    (socket) => {
      handshaking.delete(keyOf(socket))
      // The peer may not ask for a protocol at all; then it does not mean HTTP/2.
      if (socket.alpnProtocol === 'h2') accept(socket)
      else socket.destroy()
    },
  )
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    handshaking.set(key, socket)
    socket.once('close', () => {
      if (handshaking.get(key) === socket) handshaking.delete(key)
    })
  })
  // A handshake that fails is the peer's affair.
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())
  return server
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function listen(server: Server, port: number, host: string): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, 1_024, () => {
      server.off('error', reject)
      const address = server.address() as AddressInfo
      resolve({ host: address.address, port: address.port })
    })
  })
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
