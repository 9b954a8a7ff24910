import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Invoke } from '../../core/call.ts'
import type { Metadata } from '../../core/metadata.ts'
import type { Description, Upgrade } from '../../core/transport.ts'
import { systemClock } from '../../wire/session/clock.ts'
import { Connection, type ConnectionContext } from './connection.ts'
import { judge, refuse } from './handshake.ts'
import type { WsSettings } from './options.ts'
import { protocol } from './protocol.ts'

/** Takes connections over from an HTTP server. */
export interface Acceptor extends Upgrade {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** Whether somebody else who listens on the same server may want it: we have a path, and this is another. */
function isOthers({ url = '/' }: IncomingMessage, { server, path }: WsSettings): boolean {
  return path !== undefined && url.split('?', 1)[0] !== path && (server?.listenerCount('upgrade') ?? 0) > 1
}

/** How long a client may take to answer the goodbye, in ms. */
const goodbyeMs = 1_000

/** Serves an app to the connections that it is given. */
export function createAcceptor(
  invoke: Invoke,
  describe: Description | undefined,
  settings: WsSettings,
): Acceptor {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: settings.maxFrameBytes,
    maxFragments: settings.maxFragments,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  })
  const connections = new Set<Connection>()
  let closing = false
  let onEmpty: (() => void) | undefined
  const context: ConnectionContext = {
    maxBufferedBytes: settings.maxBufferedBytes,
    closing: () => closing,
    ended(connection) {
      connections.delete(connection)
      if (connections.size === 0) onEmpty?.()
    },
  }
  // One timer for all connections.
  const beats = setInterval(() => {
    for (const connection of connections) connection.beat()
  }, settings.pingIntervalMs)
  beats.unref()

  const serve = (
    socket: WebSocket,
    raw: Duplex,
    address: string | undefined,
    metadata: Metadata | undefined,
  ) => {
    const { maxMessageBytes, maxDepth } = settings
    const negotiated = socket.protocol === protocol
    const session = {
      invoke,
      describe,
      metadata,
      peer: { transport: 'ws', address },
      settings: { negotiated, maxMessageBytes, maxDepth, clock: systemClock },
    }
    connections.add(new Connection(socket, raw, session, context))
  }
  return {
    accept(request, socket, head) {
      if (isOthers(request, settings)) return
      const gone = (): void => void socket.destroy()
      socket.on('error', gone)
      void judge(request, settings).then((verdict) => {
        if (closing) return refuse(socket, 503, 'the server is shutting down')
        if ('status' in verdict) return refuse(socket, verdict.status, verdict.message)
        socket.off('error', gone)
        server.handleUpgrade(request, socket, head, (opened) =>
          serve(opened, socket, request.socket.remoteAddress, verdict.metadata),
        )
      })
    },
    stop() {
      closing = true
      for (const connection of connections) connection.drain()
    },
    async close() {
      closing = true
      clearInterval(beats)
      for (const connection of connections) connection.close()
      if (connections.size === 0) return
      const late = setTimeout(() => {
        for (const connection of connections) connection.terminate()
      }, goodbyeMs)
      await new Promise<void>((resolve) => (onEmpty = resolve))
      clearTimeout(late)
    },
  }
}
