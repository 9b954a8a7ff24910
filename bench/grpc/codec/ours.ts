// No public name: what the gRPC transport itself reads and writes with.
import { protoCodecs } from '../../../dist/wire/protobuf/codecs.js'
import type { City } from '../../data/city.ts'
import { cities } from '../contract.ts'
import type { Codec } from './codec.ts'

const { kind, input, output, options } = cities.add
const { methods } = await protoCodecs([{ service: 'cities', name: 'add', kind, input, output, options }])
const add = methods[0]!

export const codec: Codec<City> = {
  from: (city) => city,
  to: (city) => city,
  encode: (city) => add.writeInput(city),
  decode: (octets) => add.readInput(octets) as City,
}
