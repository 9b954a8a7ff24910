import {
  createServer,
  headerList,
  readStream,
  type Http2ServerOptions,
  type Http2Stream,
  type StreamListener,
} from 'microapi-ts/http2'
import type { LoadRequest, RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf } from '../../data/city.ts'
import { chunksOf, summarise } from '../../http/ndjson.ts'
import { withBody } from './body.ts'
import { writeAll } from './streams.ts'

const json = headerList({ ':status': 200, 'content-type': 'application/json' })
const ndjson = headerList({ ':status': 200, 'content-type': 'application/x-ndjson' })
const notFound = headerList({ ':status': 404 })

const sendJson = (stream: Http2Stream, value: unknown): void => {
  stream.respond(json)
  stream.end(JSON.stringify(value))
}

// One listener for all calls of a method: nothing is made for a call but its stream.
const routes: Record<string, StreamListener> = {
  '/get': withBody((stream, body) => sendJson(stream, cityOf((JSON.parse(body) as { id: number }).id))),
  '/list': withBody((stream, body) => {
    stream.respond(ndjson)
    const { limit } = JSON.parse(body) as { limit: number }
    writeAll(stream, chunksOf(citiesUpTo(limit))).catch(() => stream.reset('INTERNAL_ERROR'))
  }),
}

const handle = (stream: Http2Stream): void => {
  const path = stream.headers!.path!
  if (path === '/add') {
    const done = summarise(readStream(stream)).then((summary) => sendJson(stream, summary))
    done.catch(() => stream.reset('INTERNAL_ERROR'))
  } else if (routes[path]) stream.listener = routes[path]
  else stream.respond(notFound, { end: true })
}

const load: LoadRequest = {
  method: 'POST',
  path: '/get',
  headers: { 'content-type': 'application/json' },
  body: '{"id":7}',
}

/** The engine's public face, JSON by hand. */
export const serve = async (options: Http2ServerOptions, protocol: string): Promise<RunningServer> => {
  const server = createServer(handle, options)
  const { port } = await server.listen()
  return { url: `${protocol}://127.0.0.1:${port}`, load, close: () => server.close() }
}

export const startServer = (): Promise<RunningServer> => serve({}, 'http')
