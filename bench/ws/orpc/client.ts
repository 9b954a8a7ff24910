import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { RouterClient } from '@orpc/server'
import { WebSocket } from 'ws'
import type { PeerClient } from '../../harness/peer.ts'
import type { Router } from './server.ts'

/** oRPC's own client over RPCLink on one WebSocket. */
export const createClient = async (url: string): Promise<PeerClient> => {
  const websocket = new WebSocket(url, { perMessageDeflate: false })
  // Else each call that comes earlier waits by listeners of its own, and Node warns of a leak.
  await once(websocket, 'open')
  const link = new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket })
  const client: RouterClient<Router> = createORPCClient(link)
  return {
    unary: (id) => client.get({ id }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      for await (const city of await client.list({ limit })) {
        summary.count++
        summary.population += city.population
      }
      return summary
    },
    close: async () => websocket.close(),
  }
}
