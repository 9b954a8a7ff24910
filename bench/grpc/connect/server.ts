import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { create } from '@bufbuild/protobuf'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { RunningServer } from '../../harness/peer.ts'
import { load } from '../load.ts'
import { messageOf, streamMessages } from './cities.ts'
import { CitiesService, SummarySchema } from './cities_pb.ts'

/** Connect on node:http2 with its defaults, gRPC alone: nothing is checked, no interceptor. */
export const startServer = async (): Promise<RunningServer> => {
  const handle = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    routes: (router) =>
      router.service(CitiesService, {
        get: ({ id }) => messageOf(Number(id)),
        list: ({ limit }) => streamMessages(Number(limit)),
        add: async (items) => {
          const summary = { count: 0n, population: 0n }
          for await (const { population } of items) {
            summary.count++
            summary.population += population
          }
          return create(SummarySchema, summary)
        },
        visit: async function* (wanted) {
          for await (const { id } of wanted) yield messageOf(Number(id))
        },
      }),
  })
  const server = createServer(handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, load, close: async () => server.close() }
}
