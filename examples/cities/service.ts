/** The four patterns over the atlas. */
import { defineService, depends, rpc } from 'microapi-ts'
import { distanceKm, openAtlas } from './atlas.ts'
import { City, CityId, Journey, Nearest, Position, Search, Visit } from './schema.ts'

/** Opened once, when the app starts. A test puts another in its place with overrideDependencies. */
export const atlas = depends(openAtlas, { scope: 'app' })

const withAtlas = rpc
  .provide({ atlas })
  .errors({ NO_SUCH_CITY: { code: 'NOT_FOUND', message: 'there is no such city', details: CityId } })

export const cities = defineService({
  /** One message, one answer. */
  get_city: withAtlas.unary(
    CityId,
    City,
    ({ id }, { atlas, errors }) => {
      const city = atlas.byId(id)
      if (!city) throw errors.NO_SUCH_CITY({ id })
      return city
    },
    { summary: 'Looks a city up by its id', idempotent: true },
  ),

  /** One message, a stream of answers: each goes out as it is found, and no faster than it is read. */
  search_cities: withAtlas.serverStream(
    Search,
    City,
    function* ({ name, country, min_population, limit }, { atlas }) {
      let left = limit
      for (const city of atlas.startingWith(name)) {
        if (country !== undefined && city.country !== country) continue
        if (city.population < min_population) continue
        yield city
        if (--left === 0) return
      }
    },
    { summary: 'Cities by how their name begins, the largest first' },
  ),

  /** A stream of messages, one answer at its end. */
  sum_up_journey: withAtlas.clientStream(
    Visit,
    Journey,
    async (visits, { atlas, errors }) => {
      const countries = new Set<string>()
      let [count, nights, distance] = [0, 0, 0]
      let last: City | undefined
      for await (const visit of visits) {
        const city = atlas.byId(visit.city_id)
        if (!city) throw errors.NO_SUCH_CITY({ id: visit.city_id })
        if (last) distance += distanceKm(last, city)
        countries.add(city.country)
        count++
        nights += visit.nights
        last = city
      }
      return { cities: count, countries: [...countries], nights, distance_km: Math.round(distance) }
    },
    { summary: 'Sums up a journey from city to city' },
  ),

  /** A stream each way: each position is answered before the next is read. */
  nearest_cities: withAtlas.bidiStream(
    Position,
    Nearest,
    async function* (positions, { atlas }) {
      for await (const { lat, lon } of positions) {
        const { city, distance_km } = atlas.nearest(lat, lon)
        yield { city, distance_km: Math.round(distance_km * 10) / 10 }
      }
    },
    { summary: 'Answers each position with the nearest city' },
  ),
})
