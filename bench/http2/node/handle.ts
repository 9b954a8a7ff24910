import type { IncomingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2'
import type { LoadRequest } from '../../harness/peer.ts'
import { citiesUpTo, cityOf } from '../../data/city.ts'
import { chunksOf, summarise } from '../../http/ndjson.ts'
import { readBody, writeAll } from './streams.ts'

const json = { ':status': 200, 'content-type': 'application/json' }
const ndjson = { ':status': 200, 'content-type': 'application/x-ndjson' }
const notFound = { ':status': 404 }
// Node reads it; its types do not know it.
const undated: ServerStreamResponseOptions & { sendDate: boolean } = { sendDate: false }

const sendJson = (stream: ServerHttp2Stream, value: unknown): void => {
  stream.respond(json, undated)
  stream.end(JSON.stringify(value))
}

/** The three methods, on the stream itself: the compatible API of requests and responses costs more. */
export const handle = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders & { ':path'?: string },
): void => {
  const fail = (error: Error) => stream.destroy(error)
  stream.on('error', () => {})
  switch (headers[':path']) {
    case '/get':
      return readBody(stream, (body) => sendJson(stream, cityOf((JSON.parse(body) as { id: number }).id)))
    case '/list':
      return readBody(stream, (body) => {
        stream.respond(ndjson, undated)
        writeAll(stream, chunksOf(citiesUpTo((JSON.parse(body) as { limit: number }).limit))).catch(fail)
      })
    case '/add':
      summarise(stream).then((summary) => sendJson(stream, summary), fail)
      return
    default:
      return stream.respond(notFound, { endStream: true })
  }
}

/** The unary call for load generators. */
export const load: LoadRequest = {
  method: 'POST',
  path: '/get',
  headers: { 'content-type': 'application/json' },
  body: '{"id":7}',
}
