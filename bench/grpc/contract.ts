import { defineService, rpc } from 'microapi-ts'
import { Type } from '@sinclair/typebox'
import * as data from '../data/city.ts'

/** With an `$id` it is one protobuf message, wherever it is used. */
export const City = Type.Object(data.City.properties, { $id: 'City' })

/** What ours serves and calls; proto.ts says the same for the others. */
export const cities = defineService({
  get: rpc.unary(data.GetCity, City),
  list: rpc.serverStream(data.ListCities, City),
  add: rpc.clientStream(City, data.Summary),
  visit: rpc.bidiStream(data.GetCity, City),
})
