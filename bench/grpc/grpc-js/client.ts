import {
  Client,
  credentials,
  type ClientReadableStream,
  type MethodDefinition,
  type requestCallback,
} from '@grpc/grpc-js'
import type { ClientModule } from '../../harness/peer.ts'
import { citiesUpTo, type City, type Summary } from '../../data/city.ts'
import { defineCities, jsonForm, protobufForm } from './definition.ts'
import { writeAll } from './write-all.ts'

type Typed<Input, Output> = [string, (message: Input) => Buffer, (bytes: Buffer) => Output]

const typed = <Input, Output>(method: MethodDefinition<Input, Output>): Typed<Input, Output> => [
  method.path,
  method.requestSerialize,
  method.responseDeserialize,
]

const settle =
  <T>(resolve: (value: T) => void, reject: (error: Error) => void): requestCallback<T> =>
  (error, value) =>
    error ? reject(error) : resolve(value!)

const ended = (stream: ClientReadableStream<City>): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.on('end', resolve)
    stream.on('error', reject)
  })

/** grpc-js with its defaults: one connection, no deadline, no metadata. Variants: `json`, `tls`. */
export const createClient: ClientModule['createClient'] = (url, variant, ca) => {
  const secrets = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca))
  // It would check the certificate against the address, and Node warns of a server's name that is one.
  const named = ca === undefined ? {} : { 'grpc.ssl_target_name_override': 'localhost' }
  const client = new Client(new URL(url).host, secrets, named)
  const definition = defineCities(variant === 'json' ? jsonForm : protobufForm)
  const get = typed(definition.get)
  const list = typed(definition.list)
  const add = typed(definition.add)
  const visit = typed(definition.visit)
  return {
    unary: (id) =>
      new Promise<City>((resolve, reject) => {
        client.makeUnaryRequest(...get, { id }, settle(resolve, reject))
      }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      const stream = client.makeServerStreamRequest(...list, { limit })
      stream.on('data', (city: City) => {
        summary.count++
        summary.population += city.population
      })
      await ended(stream)
      return summary
    },
    clientStream: (count) =>
      new Promise<Summary>((resolve, reject) => {
        const stream = client.makeClientStreamRequest(...add, settle(resolve, reject))
        writeAll(stream, citiesUpTo(count)).catch(reject)
      }),
    bidiStream: async (count) => {
      const summary = { count: 0, population: 0 }
      const stream = client.makeBidiStreamRequest(...visit)
      const ask = (id: number) => (id < count ? stream.write({ id }) : stream.end())
      stream.on('data', (city: City) => {
        summary.count++
        summary.population += city.population
        ask(summary.count)
      })
      ask(0)
      await ended(stream)
      return summary
    },
    close: async () => client.close(),
  }
}
