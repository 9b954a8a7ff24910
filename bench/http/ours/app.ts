import { createApp, defineService, rpc } from 'microapi-ts'
import { City, cityOf, GetCity, ListCities, streamCities, Summary } from '../../data/city.ts'

const cities = defineService({
  get: rpc.unary(GetCity, City, ({ id }) => cityOf(id)),
  list: rpc.serverStream(ListCities, City, ({ limit }) => streamCities(limit)),
  add: rpc.clientStream(City, Summary, async (items) => {
    const summary = { count: 0, population: 0 }
    for await (const city of items) {
      summary.count++
      summary.population += city.population
    }
    return summary
  }),
})

export const app = createApp({ services: { cities } })
