import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { MessagePattern } from '@nestjs/microservices'
import { from, type Observable } from 'rxjs'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf, type City } from '../../data/city.ts'
import { openPlace, urlOf } from '../place.ts'
import { optionsOf } from './options.ts'

class Cities {
  get({ id }: { id: number }): City {
    return cityOf(id)
  }
  list({ limit }: { limit: number }): Observable<City> {
    return from(citiesUpTo(limit))
  }
}
// oxlint-disable-next-line typescript/no-extraneous-class -- a module of NestJS is a class
class Bench {}

// What its users write as decorators, which need a setting of the compiler that this project does not have.
for (const method of ['get', 'list'] as const)
  MessagePattern(method)(Cities.prototype, method, Object.getOwnPropertyDescriptor(Cities.prototype, method)!)
Controller()(Cities)
Module({ controllers: [Cities] })(Bench)

/** NestJS with its RabbitMQ transport, as it comes. */
export const startServer = async (): Promise<RunningServer> => {
  const place = openPlace('nest')
  const server = await NestFactory.createMicroservice(Bench, { ...optionsOf(place), logger: false })
  await server.listen()
  return { url: urlOf(place), close: () => server.close() }
}
