import {
  createSecureServer,
  createServer as createNodeServer,
  type Http2SecureServer,
  type Http2Server as NodeServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Http2Server, Http2ServerOptions } from '../../../http2/driver/server.ts'
import { NodeConnection, nodeSettings } from './connection.ts'
import { guard } from './guard.ts'
import { blockOf } from './headers.ts'
import { NodeStream } from './stream.ts'

/** Makes a server on node:http2; `onStream` hears of every request and sets its `listener`. */
export function createServer(
  onStream: (stream: NodeStream) => void,
  options: Http2ServerOptions,
): Http2Server {
  const { tls, ...given } = options
  const { limits, session: sessionOptions } = nodeSettings('server', given)
  const server: NodeServer | Http2SecureServer = tls
    ? createSecureServer({
        minVersion: 'TLSv1.2',
        handshakeTimeout: limits.handshakeTimeoutMs,
        ...tls,
        ...sessionOptions,
      })
    : createNodeServer(sessionOptions)
  const connections = new Map<ServerHttp2Session, NodeConnection>()
  // Those of the sessions too, which keep them from us.
  const sockets = new Map<string, Socket>()
  let closing = false

  // Before node:http2 makes a session of it.
  server.prependListener('connection', (socket: Socket) => {
    const key = keyOf(socket)
    sockets.set(key, socket)
    socket.once('close', () => {
      if (sockets.get(key) === socket) sockets.delete(key)
    })
  })
  server.on('unknownProtocol', (socket: Socket) => socket.destroy())
  server.on('session', (session: ServerHttp2Session) => {
    const socket = sockets.get(keyOf(session.socket))
    if (!socket) return session.destroy()
    const connection = new NodeConnection(session, socket)
    connections.set(session, connection)
    session.once('close', () => connections.delete(session))
    session.setLocalWindowSize(limits.connectionWindow)
    guard(connection, limits)
    if (closing) session.close()
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const connection = stream.session && connections.get(stream.session as ServerHttp2Session)
    if (!connection) return stream.destroy()
    const node = new NodeStream(stream, connection)
    node.headers = blockOf(headers)
    if (node.headers) onStream(node)
    else node.reset('PROTOCOL_ERROR')
  })

  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  const drain = (): void => {
    if (closing) return
    closing = true
    server.close()
    for (const session of connections.keys()) session.close()
  }
  return {
    get connections() {
      return connections.size
    },
    listen: ({ port = 0, host = '127.0.0.1' } = {}) => listen(server, port, host),
    drain,
    async close({ graceMs = 10_000 } = {}) {
      drain()
      const all = [...connections.values()]
      await Promise.all(all.map((connection) => connection.close(graceMs, 'the server is shutting down')))
      // What is left has not become a session: TLS that is still about it.
      for (const socket of sockets.values()) socket.destroy()
      await closed
    },
  }
}

/** By address and port, which a TLS socket shares with the one beneath it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function listen(
  server: NodeServer | Http2SecureServer,
  port: number,
  host: string,
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, 1_024, () => {
      server.off('error', reject)
      const address = server.address() as AddressInfo
      resolve({ host: address.address, port: address.port })
    })
  })
}
