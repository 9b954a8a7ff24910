/**
 * `npm run example`: calls all four patterns with the typed client.
 * With a URL as its argument (http:// or grpc://) it calls what is served there, else it serves the cities itself on a free port.
 */
import { createClient, isRpcError, serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { app } from './app.ts'

const url = process.argv[2]
await using server = url === undefined ? await serve(app, http({ port: 0 })) : undefined
await using client = createClient<typeof app>(url ?? server!.urls[0]!, { timeoutMs: 5_000 })
const { cities } = client

console.log('-- one message, one answer')
const bern = await cities.get_city({ id: 2_661_552 })
console.log(`${bern.name}, ${bern.country}: ${bern.population} inhabitants`)

console.log('-- a declared error')
try {
  await cities.get_city({ id: 1 })
} catch (error) {
  if (!isRpcError(error, 'NO_SUCH_CITY', cities.get_city)) throw error
  console.log(`${error.code}: ${error.message} (${error.details.id})`)
}

console.log('-- a stream of answers')
const found: number[] = []
for await (const city of cities.search_cities({ name: 'San', min_population: 500_000, limit: 5 })) {
  found.push(city.id)
  console.log(`${city.name}, ${city.country}: ${city.population}`)
}

console.log('-- a stream of answers that is left early')
for await (const city of cities.search_cities({ name: 'a', limit: 10_000 })) {
  console.log(city.name)
  break
}

console.log('-- a stream of messages, one answer')
const journey = await cities.sum_up_journey(found.map((city_id, i) => ({ city_id, nights: i + 1 })))
console.log(
  `${journey.cities} cities in ${journey.countries.join(', ')}, ${journey.distance_km} km, ${journey.nights} nights`,
)

console.log('-- a stream each way')
const asking = cities.nearest_cities()
for (const [lat, lon] of [
  [46.9, 7.5],
  [0, 0],
  [-90, 0],
] as const) {
  await asking.send({ lat, lon })
  const { value: answer } = await asking.next()
  if (answer)
    console.log(`${lat}, ${lon}: ${answer.city.name} (${answer.city.country}), ${answer.distance_km} km away`)
}
await asking.end()
await asking.next() // nothing more comes: the call has ended
