import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { fromMessage, toMessage } from '../connect/cities.ts'
import { CitySchema, type City } from '../connect/cities_pb.ts'
import type { Codec } from './codec.ts'

export const codec: Codec<City> = {
  from: toMessage,
  to: fromMessage,
  encode: (message) => toBinary(CitySchema, message),
  decode: (octets) => fromBinary(CitySchema, octets),
}
