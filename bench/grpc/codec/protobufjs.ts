import type { City as CityMessage } from '../../data/city.ts'
import { City } from '../protobuf.ts'
import type { Codec } from './codec.ts'

export const codec: Codec<CityMessage> = {
  from: (city) => city,
  to: (city) => city,
  encode: (city) => City.encode(city).finish(),
  decode: City.decode,
}
