import { Logger } from '@nestjs/common'
import { ClientKafka } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import type { City, Summary } from '../../data/city.ts'
import type { PeerClient } from '../../harness/peer.ts'
import { publishInBatches } from '../batches.ts'
import { placeAt } from '../place.ts'
import { optionsOf } from './options.ts'
import { patternsOf } from './patterns.ts'

/** NestJS' own client. */
export const createClient = async (url: string): Promise<PeerClient> => {
  Logger.overrideLogger(false)
  const place = placeAt(url)
  const { get, handled, passed } = patternsOf(place)
  const client = new ClientKafka(optionsOf(place).options)
  client.subscribeToResponseOf(get)
  client.subscribeToResponseOf(handled)
  await client.connect()
  return {
    unary: (id) => firstValueFrom(client.send<City>(get, { id })),
    clientStream: async (count) => {
      await publishInBatches(count, (messages) =>
        firstValueFrom(client.emitBatch(passed, { messages }), { defaultValue: undefined }),
      )
      for (;;) {
        const sum = await firstValueFrom(client.send<Summary>(handled, { count }))
        if (sum.count >= count) return sum
      }
    },
    close: () => client.close(),
  }
}
