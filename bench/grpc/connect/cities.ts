import { create } from '@bufbuild/protobuf'
import { citiesUpTo, type City } from '../../data/city.ts'
import { CitySchema, type City as CityMessage } from './cities_pb.ts'

/** As protobuf-es has it: camel case, 64-bit integers are bigints. */
export const toMessage = ({ id, also_called, population, elevation, ...rest }: City): CityMessage =>
  create(CitySchema, {
    ...rest,
    id: BigInt(id),
    alsoCalled: also_called,
    population: BigInt(population),
    elevation: BigInt(elevation),
  })

export const fromMessage = ({ id, alsoCalled, population, elevation, ...rest }: CityMessage): City => ({
  id: Number(id),
  name: rest.name,
  country: rest.country,
  also_called: alsoCalled,
  location: rest.location!,
  population: Number(population),
  elevation: Number(elevation),
  capital: rest.capital,
  timezone: rest.timezone,
  updated: rest.updated,
})

const messages = Array.from(citiesUpTo(1_000), toMessage)

/** The stored cities, as messages that were made beforehand. */
export const messageOf = (id: number): CityMessage => messages[id % messages.length]!

/** A stream of them. */
export async function* streamMessages(count: number): AsyncGenerator<CityMessage, void, unknown> {
  for (let id = 0; id < count; id++) yield messageOf(id)
}
