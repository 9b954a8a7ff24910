import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf } from '../../data/city.ts'
import { options, widen } from '../../http2/node/settings.ts'
import { load } from '../load.ts'
import { City, GetCity, ListCities, Summary } from '../protobuf.ts'
import { frameOf, frameReader, writeAll } from './frames.ts'

const found = { ':status': 200, 'content-type': 'application/grpc' }
const ok = { 'grpc-status': '0' }
const unimplemented = { ...found, 'grpc-status': '12' }
// Node reads it; its types do not know it.
const streaming: ServerStreamResponseOptions & { sendDate: boolean } = {
  sendDate: false,
  waitForTrailers: true,
}

const respond = (stream: ServerHttp2Stream): void => {
  stream.respond(found, streaming)
  stream.on('wantTrailers', () => stream.sendTrailers(ok))
}

const routes: Record<string, (stream: ServerHttp2Stream) => void> = {
  get: (stream) => {
    let wanted: { id: number } | undefined
    const read = frameReader(GetCity, (message) => (wanted = message))
    stream.on('data', read)
    stream.on('end', () => {
      respond(stream)
      stream.end(frameOf(City, cityOf(wanted!.id)))
    })
  },
  list: (stream) => {
    const read = frameReader(ListCities, ({ limit }) => {
      respond(stream)
      writeAll(stream, City, citiesUpTo(limit)).catch((error: Error) => stream.destroy(error))
    })
    stream.on('data', read)
  },
  add: (stream) => {
    const summary = { count: 0, population: 0 }
    const read = frameReader(City, (city) => {
      summary.count++
      summary.population += city.population
    })
    stream.on('data', read)
    stream.on('end', () => {
      respond(stream)
      stream.end(frameOf(Summary, summary))
    })
  },
  visit: (stream) => {
    respond(stream)
    const read = frameReader(GetCity, ({ id }) => stream.write(frameOf(City, cityOf(id))))
    stream.on('data', read)
    stream.on('end', () => stream.end())
  },
}

const PREFIX = '/cities.CitiesService/'

/** gRPC's frames and trailers by hand on node:http2: no validation, metadata, deadlines or limits. */
const handle = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders & { ':path'?: string }): void => {
  stream.on('error', () => {})
  const route = routes[headers[':path']!.slice(PREFIX.length)]
  if (route) route(stream)
  else stream.respond(unimplemented, { endStream: true })
}

export const startServer = async (): Promise<RunningServer> => {
  const server = createServer(options).on('session', widen).on('stream', handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, load, close: async () => server.close() }
}
