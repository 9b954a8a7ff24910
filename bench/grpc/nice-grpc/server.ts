import { createServer } from 'nice-grpc'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf, streamCities, type City } from '../../data/city.ts'
import { defineCities, protobufForm } from '../grpc-js/definition.ts'
import { load } from '../load.ts'

/** nice-grpc, which wraps grpc-js, with its defaults: nothing is checked, no middleware. */
export const startServer = async (): Promise<RunningServer> => {
  const server = createServer()
  server.add(defineCities(protobufForm), {
    get: async ({ id }: { id: number }) => cityOf(id),
    list: ({ limit }: { limit: number }) => streamCities(limit),
    add: async (items: AsyncIterable<City>) => {
      const summary = { count: 0, population: 0 }
      for await (const city of items) {
        summary.count++
        summary.population += city.population
      }
      return summary
    },
    visit: async function* (wanted: AsyncIterable<{ id: number }>) {
      for await (const { id } of wanted) yield cityOf(id)
    },
  })
  const port = await server.listen('127.0.0.1:0')
  return { url: `http://127.0.0.1:${port}`, load, close: async () => server.forceShutdown() }
}
