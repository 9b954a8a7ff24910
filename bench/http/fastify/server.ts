import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, City, cityOf, GetCity, ListCities, Summary } from '../../data/city.ts'
import { summarise } from '../ndjson.ts'

function* linesOf(limit: number): Generator<string> {
  for (const city of citiesUpTo(limit)) yield JSON.stringify(city) + '\n'
}

/** Fastify with the same schemas: checks the body, serialises by the answer's schema; logging off. */
export const startServer = async (): Promise<RunningServer> => {
  const app = fastify({ logger: false })
  app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload))
  app.post<{ Body: { id: number } }>(
    '/get',
    { schema: { body: GetCity, response: { 200: City } } },
    async (request) => cityOf(request.body.id),
  )
  app.post<{ Body: { limit: number } }>('/list', { schema: { body: ListCities } }, async (request, reply) =>
    reply.type('application/x-ndjson').send(Readable.from(linesOf(request.body.limit))),
  )
  app.post<{ Body: Readable }>('/add', { schema: { response: { 200: Summary } } }, async (request) =>
    summarise(request.body),
  )
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    load: { method: 'POST', path: '/get', headers: { 'content-type': 'application/json' }, body: '{"id":7}' },
    close: () => app.close(),
  }
}
