import { createClient as connect } from 'microapi-ts/client'
import { amqp } from 'microapi-ts/amqp'
import type { ClientModule } from '../../harness/peer.ts'
import { credentials } from '../../grpc/credentials.ts'
import { callsOver } from '../../grpc/ours/calls.ts'
import { publishInBatches } from '../batches.ts'
import { placeAt } from '../place.ts'
import { events } from './events.ts'

/** The client that gRPC's suite has too: checks, metadata, a deadline. With the variant `events` a stream is one of events. */
export const createClient: ClientModule['createClient'] = (url, variant) => {
  const place = placeAt(url)
  const calls = callsOver(amqp(place))
  if (variant !== 'events') return calls
  const client = connect({ events }, amqp(place), { metadata: credentials })
  return {
    ...calls,
    clientStream: async (count) => {
      await publishInBatches(count, (city) => client.events.passed.publish(city))
      return client.events.handled({ count })
    },
    close: () => Promise.all([calls.close(), client.close()]),
  }
}
