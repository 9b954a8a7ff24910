import { createApp, implement, RpcError, type Middleware } from 'microapi-ts'
import { cityOf, citiesUpTo } from '../../data/city.ts'
import { cities } from '../contract.ts'
import { credentials } from '../credentials.ts'

/** One middleware, which reads metadata and adds to the context. */
const account: Middleware<{ account: string }> = (call, next) => {
  const token = call.metadata.get('authorization')
  if (token !== credentials.authorization) throw new RpcError('UNAUTHENTICATED', 'missing or bad token')
  return next(call.with({ account: 'anna' }))
}

export const app = createApp({
  use: [account],
  services: {
    cities: implement(cities, {
      get: ({ id }) => cityOf(id),
      list: ({ limit }) => citiesUpTo(limit),
      add: async (items) => {
        const summary = { count: 0, population: 0 }
        for await (const city of items) {
          summary.count++
          summary.population += city.population
        }
        return summary
      },
      visit: async function* (wanted) {
        for await (const { id } of wanted) yield cityOf(id)
      },
    }),
  },
})
