import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { eventIterator, os } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer } from 'ws'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf, streamCities } from '../../data/city.ts'
import { City, GetCity, ListCities } from '../../data/city.zod.ts'

/** No client stream: items that the server has read before the request itself are dropped, so that now and then some are missing. */
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

/** oRPC 1 on its adapter for ws. */
export const startServer = async (): Promise<RunningServer> => {
  const handler = new RPCHandler(router)
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    void handler.upgrade(socket)
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, close: async () => server.close() }
}
