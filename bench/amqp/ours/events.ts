import { createApp, defineService, implement, rpc } from 'microapi-ts'
import { Type } from '@sinclair/typebox'
import { Summary } from '../../data/city.ts'
import { City } from '../../grpc/contract.ts'
import { createCounted } from '../counted.ts'

/** A city as an event, and the sum over so many of them when they have been handled. */
export const events = defineService({
  passed: rpc.event(City),
  handled: rpc.unary(Type.Object({ count: Type.Integer() }), Summary),
})

const counted = createCounted()

export const eventsApp = createApp({
  services: {
    events: implement(events, {
      passed: (city) => counted.add(city),
      handled: ({ count }) => counted.reach(count),
    }),
  },
})
