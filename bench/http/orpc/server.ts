import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventIterator, os } from '@orpc/server'
import { RPCHandler } from '@orpc/server/node'
import { BatchHandlerPlugin } from '@orpc/server/plugins'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf, streamCities } from '../../data/city.ts'
import { City, GetCity, ListCities } from '../../data/city.zod.ts'

/** oRPC's client cannot stream over HTTP on Node: it makes a Request of the stream without `duplex`, which throws. */
const router = {
  get: os
    .input(GetCity)
    .output(City)
    .handler(({ input }) => cityOf(input.id)),
  list: os
    .input(ListCities)
    .output(eventIterator(City))
    .handler(({ input }) => streamCities(input.limit)),
}
export type Router = typeof router

/** oRPC 1 on its node adapter, with its batching plugin ready for the client that uses it. */
export const startServer = async (): Promise<RunningServer> => {
  const handler = new RPCHandler(router, { plugins: [new BatchHandlerPlugin({ maxSize: 64 })] })
  const server = createServer(async (request, response) => {
    const { matched } = await handler.handle(request, response)
    if (!matched) response.writeHead(404).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    load: {
      method: 'POST',
      path: '/get',
      headers: { 'content-type': 'application/json' },
      body: '{"json":{"id":7}}',
    },
    close: async () => server.close(),
  }
}
