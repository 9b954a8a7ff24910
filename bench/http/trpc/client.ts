import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink } from '@trpc/client'
import type { PeerClient } from '../../harness/peer.ts'
import type { Router } from './server.ts'

const links = { http: httpLink, batch: httpBatchLink, stream: httpBatchStreamLink }

/** tRPC's own client over one of its three HTTP links. */
export const createClient = (url: string, variant = 'http'): PeerClient => {
  const client = createTRPCClient<Router>({ links: [links[variant as keyof typeof links]({ url })] })
  return {
    unary: (id) => client.get.query({ id }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      for await (const city of await client.list.query({ limit })) {
        summary.count++
        summary.population += city.population
      }
      return summary
    },
    close: async () => {},
  }
}
