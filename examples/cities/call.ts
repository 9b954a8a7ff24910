/**
 * `npm run example`: calls all four patterns with the typed client, over HTTP on a free port, which it serves itself.
 *   npm run example -- URL         calls what is served there (`npm start`)
 *   npm run example -- --via URL   serves there by itself and calls it: amqp://…?queue=…, kafka://…?topic=…&group=…, grpc://127.0.0.1:0, ws://127.0.0.1:0
 */
import { parseArgs } from 'node:util'
import { createClient, isRpcError, serve } from 'microapi-ts'
import { app } from './app.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { via: { type: 'string' } } })
const [there] = positionals
const via = values.via ?? 'http://127.0.0.1:0'
await using server = there === undefined ? await serve(app, via) : undefined
// A server with a port of its own says which it is; at a broker both ends go to the same address.
const url = there ?? (/^(amqp|kafka)/.test(via) ? via : server!.urls[0]!)
// The first call waits until the client is connected, which over Kafka takes some seconds.
await using client = createClient<typeof app>(url, { timeoutMs: 15_000 })
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
