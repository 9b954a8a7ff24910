import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { formatAddress } from '../../core/address.ts'
import type { Invoke } from '../../core/call.ts'
import type { Description, Listener } from '../../core/transport.ts'
import { createAcceptor } from './acceptor.ts'
import type { WsSettings } from './options.ts'

/** Listens, on a port of its own or on the server that it was given. Rejects where it cannot. */
export async function serveWs(
  invoke: Invoke,
  describe: Description | undefined,
  settings: WsSettings,
): Promise<Listener> {
  const acceptor = createAcceptor(invoke, describe, settings)
  const { server, path = '' } = settings
  if (server) {
    server.on('upgrade', acceptor.accept)
    return {
      url: urlOf(server, settings) + path,
      stop: () => acceptor.stop(),
      async close() {
        await acceptor.close()
        server.off('upgrade', acceptor.accept)
      },
    }
  }
  const own = createServer(settings)
  own.on('upgrade', acceptor.accept)
  await listen(own, settings)
  return {
    url: urlOf(own, settings) + path,
    stop() {
      own.close()
      acceptor.stop()
    },
    async close() {
      own.close()
      await acceptor.close()
      own.closeAllConnections()
    },
  }
}

function createServer({ tls }: WsSettings): Server {
  if (tls === true) throw new TypeError('ws: a server needs its certificate: tls: { key, cert }')
  const options = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 }
  return tls
    ? createHttpsServer({ ...options, handshakeTimeout: 10_000, ...tls }, explain)
    : createHttpServer(options, explain)
}

const explain: RequestListener = (_request, response) => {
  const body = JSON.stringify({ error: 'this is a WebSocket: connect with "Upgrade: websocket"' })
  response.writeHead(426, { 'content-type': 'application/json', upgrade: 'websocket' }).end(body)
}

function listen(server: Server, { host, port }: WsSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function urlOf(server: Server, { tls, host }: WsSettings): string {
  const { port } = (server.address() ?? { port: 0 }) as AddressInfo
  return formatAddress(tls ? 'wss' : 'ws', host, port)
}
