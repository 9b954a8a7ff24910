/** What the service takes and gives. Types are inferred from these; nothing is generated. */
import { Type, type Static } from '@sinclair/typebox'
import { t } from 'microapi-ts'

const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })
const latitude = Type.Number({ minimum: -90, maximum: 90 })
const longitude = Type.Number({ minimum: -180, maximum: 180 })

export const City = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    country: Country,
    population: Type.Integer(),
    lat: latitude,
    lon: longitude,
  },
  { $id: 'City' },
)
export type City = Static<typeof City>

export const CityId = Type.Object({ id: Type.Integer() })

export const Search = Type.Object({
  name: Type.String({ minLength: 1, description: 'how the name begins, in any case' }),
  country: Type.Optional(Country),
  min_population: t.Default(Type.Integer({ minimum: 0 }), 0),
  limit: t.Default(Type.Integer({ minimum: 1 }), 10),
})

export const Visit = Type.Object({
  city_id: Type.Integer(),
  nights: t.Default(Type.Integer({ minimum: 0 }), 1),
})

export const Journey = Type.Object({
  cities: Type.Integer(),
  countries: Type.Array(Country),
  nights: Type.Integer(),
  distance_km: Type.Number({ description: 'from each city to the next, as the crow flies' }),
})

export const Position = Type.Object({ lat: latitude, lon: longitude })

export const Nearest = Type.Object({ city: City, distance_km: Type.Number() })
