import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { EventPattern, MessagePattern } from '@nestjs/microservices'
import { cityOf, type City, type Summary } from '../../data/city.ts'
import type { RunningServer } from '../../harness/peer.ts'
import { kafkaAt } from '../bare/messages.ts'
import { openPlace, urlOf } from '../place.ts'
import { createTopics } from '../topics.ts'
import { optionsOf } from './options.ts'
import { patternsOf, repliesOf } from './patterns.ts'

let sum: Summary = { count: 0, population: 0 }

class Cities {
  get({ id }: { id: number }): City {
    return cityOf(id)
  }
  /** So far: while a handler waits, no other message is read. Begins anew behind the last. */
  handled({ count }: { count: number }): Summary {
    const reached = sum
    if (sum.count >= count) sum = { count: 0, population: 0 }
    return reached
  }
  passed({ population }: City): void {
    sum.count++
    sum.population += population
  }
}
// oxlint-disable-next-line typescript/no-extraneous-class -- a module of NestJS is a class
class Bench {}

/** NestJS with its Kafka transport, as it comes. */
export const startServer = async (): Promise<RunningServer> => {
  const place = openPlace('nest')
  const { get, handled, passed } = patternsOf(place)
  await createTopics(kafkaAt(place.brokers), [get, repliesOf(get), handled, repliesOf(handled), passed])
  // What its users write as decorators, which need a setting of the compiler that this project does not have.
  const descriptorOf = (method: keyof Cities): PropertyDescriptor =>
    Object.getOwnPropertyDescriptor(Cities.prototype, method)!
  MessagePattern(get)(Cities.prototype, 'get', descriptorOf('get'))
  MessagePattern(handled)(Cities.prototype, 'handled', descriptorOf('handled'))
  EventPattern(passed)(Cities.prototype, 'passed', descriptorOf('passed'))
  Controller()(Cities)
  Module({ controllers: [Cities] })(Bench)
  const server = await NestFactory.createMicroservice(Bench, { ...optionsOf(place), logger: false })
  await server.listen()
  return { url: urlOf(place), close: () => server.close() }
}
