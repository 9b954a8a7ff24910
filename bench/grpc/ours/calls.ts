import type { Transport } from 'microapi-ts'
import { createClient } from 'microapi-ts/client'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo } from '../../data/city.ts'
import { cities } from '../contract.ts'
import { credentials } from '../credentials.ts'

/** Our client, made from the contract, so that it checks messages too; it sends metadata and its default deadline. */
export const callsOver = (transport: Transport): PeerClient => {
  const client = createClient({ cities }, transport, { metadata: credentials })
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
    bidiStream: async (count) => {
      const summary = { count: 0, population: 0 }
      const call = client.cities.visit()
      for (let id = 0; id < count; id++) {
        await call.send({ id })
        const { value } = await call.next()
        summary.count++
        summary.population += value?.population ?? NaN
      }
      await call.end()
      // Its end, and with it that the call went well.
      await call.next()
      return summary
    },
    close: () => client.close(),
  }
}
