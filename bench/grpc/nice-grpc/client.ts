import { createChannel, createClient as connect } from 'nice-grpc'
import type { PeerClient } from '../../harness/peer.ts'
import { streamCities } from '../../data/city.ts'
import { defineCities, protobufForm } from '../grpc-js/definition.ts'

/** nice-grpc's own client with its defaults: no deadline, no metadata. */
export const createClient = (url: string): PeerClient => {
  const channel = createChannel(url)
  const client = connect(defineCities(protobufForm), channel)
  return {
    unary: (id) => client.get({ id }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      for await (const city of client.list({ limit })) {
        summary.count++
        summary.population += city.population
      }
      return summary
    },
    clientStream: (count) => client.add(streamCities(count)),
    close: async () => channel.close(),
  }
}
