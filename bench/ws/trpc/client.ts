import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { WebSocket } from 'ws'
import type { PeerClient } from '../../harness/peer.ts'
import type { Summary } from '../../data/city.ts'
import type { Router } from './server.ts'

/** tRPC's own client over wsLink, which sends the calls of a turn as one message. */
export const createClient = (url: string): PeerClient => {
  const socket = createWSClient({ url, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket })
  const client = createTRPCClient<Router>({ links: [wsLink({ client: socket })] })
  return {
    unary: (id) => client.get.query({ id }),
    serverStream: (limit) =>
      new Promise<Summary>((resolve, reject) => {
        const summary = { count: 0, population: 0 }
        client.list.subscribe(
          { limit },
          {
            onData: (city) => {
              summary.count++
              summary.population += city.population
            },
            onError: reject,
            onComplete: () => resolve(summary),
          },
        )
      }),
    close: () => socket.close(),
  }
}
