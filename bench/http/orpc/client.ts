import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { BatchLinkPlugin } from '@orpc/client/plugins'
import type { RouterClient } from '@orpc/server'
import type { PeerClient } from '../../harness/peer.ts'
import type { Router } from './server.ts'

const batching = () => new BatchLinkPlugin({ maxSize: 64, groups: [{ condition: () => true, context: {} }] })

/** oRPC's own client over RPCLink, plain or with its batching plugin. */
export const createClient = (url: string, variant?: string): PeerClient => {
  const link = new RPCLink({ url, plugins: variant === 'batch' ? [batching()] : [] })
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
    close: async () => {},
  }
}
