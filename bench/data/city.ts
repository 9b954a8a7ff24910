import { Type, type Static } from '@sinclair/typebox'

/** The one record that every peer of every suite sends: about 250 bytes of JSON. */
export const City = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  country: Type.String(),
  also_called: Type.Array(Type.String()),
  location: Type.Object({ lat: Type.Number(), lon: Type.Number() }),
  population: Type.Integer(),
  elevation: Type.Integer(),
  capital: Type.Boolean(),
  timezone: Type.String(),
  updated: Type.String(),
})
export type City = Static<typeof City>

export const GetCity = Type.Object({ id: Type.Integer() })
export const ListCities = Type.Object({ limit: Type.Integer() })
export const Summary = Type.Object({ count: Type.Integer(), population: Type.Integer() })
export type Summary = Static<typeof Summary>

const makeCity = (id: number): City => ({
  id,
  name: `Novi Sad ${id}`,
  country: 'RS',
  also_called: ['Újvidék', 'Neusatz', 'Neoplanta'],
  location: { lat: 45.25 + id / 1e4, lon: 19.85 },
  population: 277_522 + id,
  elevation: 80,
  capital: id % 7 === 0,
  timezone: 'Europe/Belgrade',
  updated: '2024-05-17T09:30:00Z',
})

const cities = Array.from({ length: 1_000 }, (_, id) => makeCity(id))

/** The stored city under an id; ids repeat after the table's 1,000 rows. */
export const cityOf = (id: number): City => cities[id % cities.length]!

/** The source of a stream: `count` cities. */
export function* citiesUpTo(count: number): Generator<City> {
  for (let id = 0; id < count; id++) yield cityOf(id)
}

/** The same for handlers that are async generators, which is what ours, tRPC's and oRPC's users write. */
export async function* streamCities(count: number): AsyncGenerator<City, void, unknown> {
  for (const city of citiesUpTo(count)) yield city
}

/** What a stream of `count` cities must add up to, so that a figure never counts items that were not read. */
export const expected = (count: number): Summary => {
  const summary = { count, population: 0 }
  for (let id = 0; id < count; id++) summary.population += cityOf(id).population
  return summary
}
