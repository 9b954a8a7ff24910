import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer } from 'ws'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf, streamCities } from '../../data/city.ts'
import { City, GetCity, ListCities } from '../../data/city.zod.ts'

const t = initTRPC.create()

/** tRPC has no client stream, and does not check what a subscription yields unless one writes a schema for that. */
const router = t.router({
  get: t.procedure
    .input(GetCity)
    .output(City)
    .query(({ input }) => cityOf(input.id)),
  list: t.procedure.input(ListCities).subscription(({ input }) => streamCities(input.limit)),
})
export type Router = typeof router

/** tRPC 11 on its adapter for ws. */
export const startServer = async (): Promise<RunningServer> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  applyWSSHandler({ wss: server, router })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, close: async () => server.close() }
}
