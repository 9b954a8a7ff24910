import { createClient as connect } from 'microapi-ts/client'
import { http } from 'microapi-ts/http'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo } from '../../data/city.ts'
import type { app } from './app.ts'

/** Our client, made from the type alone, with its defaults: deadlines, interceptors and all. */
export const createClient = (url: string): PeerClient => {
  const client = connect<typeof app>(http({ port: Number(new URL(url).port) }))
  return {
    unary: (id) => client.cities.get({ id }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      for await (const city of client.cities.list({ limit })) {
        summary.count++
        summary.population += city.population
      }
      return summary
    },
    clientStream: (count) => client.cities.add(citiesUpTo(count)),
    close: () => client.close(),
  }
}
