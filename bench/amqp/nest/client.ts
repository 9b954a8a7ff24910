import { Logger } from '@nestjs/common'
import { ClientProxyFactory } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import type { PeerClient } from '../../harness/peer.ts'
import type { City, Summary } from '../../data/city.ts'
import { placeAt } from '../place.ts'
import { optionsOf } from './options.ts'

/** NestJS' own client. */
export const createClient = async (url: string): Promise<PeerClient> => {
  Logger.overrideLogger(false)
  const client = ClientProxyFactory.create(optionsOf(placeAt(url)))
  await client.connect()
  return {
    unary: (id) => firstValueFrom(client.send<City>('get', { id })),
    serverStream: (limit) =>
      new Promise<Summary>((resolve, reject) => {
        const summary = { count: 0, population: 0 }
        client.send<City>('list', { limit }).subscribe({
          next: (city) => {
            summary.count++
            summary.population += city.population
          },
          error: reject,
          complete: () => resolve(summary),
        })
      }),
    close: async () => client.close(),
  }
}
