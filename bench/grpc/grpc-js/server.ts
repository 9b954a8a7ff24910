import {
  Server,
  ServerCredentials,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
} from '@grpc/grpc-js'
import type { handleBidiStreamingCall, handleUnaryCall } from '@grpc/grpc-js'
import type { ServerModule } from '../../harness/peer.ts'
import { citiesUpTo, cityOf, type City, type Summary } from '../../data/city.ts'
import { makeCertificate } from '../../http2/certificate.ts'
import { load } from '../load.ts'
import { defineCities, jsonForm, protobufForm } from './definition.ts'
import { writeAll } from './write-all.ts'

const get: handleUnaryCall<{ id: number }, City> = ({ request }, answer) => answer(null, cityOf(request.id))

const list: handleServerStreamingCall<{ limit: number }, City> = (call) =>
  void writeAll(call, citiesUpTo(call.request.limit))

const add: handleClientStreamingCall<City, Summary> = (call, answer) => {
  const summary = { count: 0, population: 0 }
  call.on('data', (city: City) => {
    summary.count++
    summary.population += city.population
  })
  call.on('end', () => answer(null, summary))
}

const visit: handleBidiStreamingCall<{ id: number }, City> = (call) => {
  call.on('data', ({ id }: { id: number }) => call.write(cityOf(id)))
  call.on('end', () => call.end())
}

/** grpc-js with its defaults: nothing is checked, no interceptor. Variants: `json`, `tls`. */
export const startServer: ServerModule['startServer'] = async (variant) => {
  const server = new Server()
  server.addService(defineCities(variant === 'json' ? jsonForm : protobufForm), { get, list, add, visit })
  const certificate = variant === 'tls' ? makeCertificate() : undefined
  const credentials = certificate
    ? ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) },
      ])
    : ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    load,
    ...(certificate && { ca: certificate.cert }),
    close: async () => server.forceShutdown(),
  }
}
