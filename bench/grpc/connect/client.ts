import { createClient as connect } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { PeerClient } from '../../harness/peer.ts'
import { fromMessage, streamMessages } from './cities.ts'
import { CitiesService } from './cities_pb.ts'

/** Connect's own client over its gRPC transport, with its defaults: one connection, no deadline, no headers. */
export const createClient = (url: string): PeerClient => {
  const sessionManager = new Http2SessionManager(url)
  const client = connect(CitiesService, createGrpcTransport({ baseUrl: url, sessionManager }))
  return {
    unary: async (id) => fromMessage(await client.get({ id: BigInt(id) })),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      for await (const city of client.list({ limit: BigInt(limit) })) {
        summary.count++
        summary.population += Number(city.population)
      }
      return summary
    },
    clientStream: async (length) => {
      const { count, population } = await client.add(streamMessages(length))
      return { count: Number(count), population: Number(population) }
    },
    close: async () => sessionManager.abort(),
  }
}
