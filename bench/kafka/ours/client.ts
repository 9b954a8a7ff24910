import { createClient as connect } from 'microapi-ts/client'
import { kafka } from 'microapi-ts/kafka'
import { events } from '../../amqp/ours/events.ts'
import { credentials } from '../../grpc/credentials.ts'
import { callsOver } from '../../grpc/ours/calls.ts'
import type { ClientModule } from '../../harness/peer.ts'
import { publishInBatches } from '../batches.ts'
import { placeAt } from '../place.ts'
import { optionsOf } from './options.ts'

/** The client that gRPC's suite has too: checks, metadata, a deadline. With the variant `events` a stream is one of events. */
export const createClient: ClientModule['createClient'] = (url, variant) => {
  const options = optionsOf(placeAt(url))
  const calls = callsOver(kafka(options))
  if (variant !== 'events') return calls
  const client = connect({ events }, kafka(options), { metadata: credentials })
  return {
    ...calls,
    clientStream: async (count) => {
      await publishInBatches(count, (cities) => client.events.passed.publishBatch(cities))
      return client.events.handled({ count })
    },
    close: () => Promise.all([calls.close(), client.close()]),
  }
}
