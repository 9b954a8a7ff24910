import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf, streamCities } from '../../data/city.ts'
import { City, GetCity, ListCities } from '../../data/city.zod.ts'

const t = initTRPC.create()

/** tRPC has no client stream, and does not check what a generator yields unless one writes a schema for that. */
const router = t.router({
  get: t.procedure
    .input(GetCity)
    .output(City)
    .query(({ input }) => cityOf(input.id)),
  list: t.procedure.input(ListCities).query(({ input }) => streamCities(input.limit)),
})
export type Router = typeof router

/** tRPC 11 on its standalone HTTP server. */
export const startServer = async (): Promise<RunningServer> => {
  const server = createHTTPServer({ router })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    load: { method: 'GET', path: `/get?input=${encodeURIComponent('{"id":7}')}` },
    close: async () => server.close(),
  }
}
