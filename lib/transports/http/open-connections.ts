import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { isAnswering } from './connection.ts'

/** The open connections of a server that is to close without cutting off an answer. */
export interface OpenConnections {
  /** Takes no new connections and ends the idle ones; replies to the others ask for the same. */
  stop(): void
  /** Resolves when every answer has left, a second later at the latest: there are clients that take none. */
  answered(): Promise<void>
}

const patienceMs = 1_000
const lookEveryMs = 5

/** Keeps account of a server's connections. */
export function watchConnections(server: Server): OpenConnections {
  const sockets = new Set<Socket>()
  const add = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', add)
  const answering = (): boolean => [...sockets].some(isAnswering)

  return {
    stop() {
      // Not http's own close(): connections count as idle there while the end of an answer is still to be written.
      if (server.listening) NetServer.prototype.close.call(server)
      if (!answering()) server.closeIdleConnections()
    },
    async answered() {
      for (let left = patienceMs; left > 0 && answering(); left -= lookEveryMs) {
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
  }
}
