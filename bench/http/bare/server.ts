import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf } from '../../data/city.ts'
import { chunksOf, summarise } from '../ndjson.ts'

const readText = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => resolve(text))
    request.on('error', reject)
  })

const sendJson = (response: ServerResponse, value: unknown): void => {
  const text = JSON.stringify(value)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
  '/get': async (request, response) => {
    const { id } = JSON.parse(await readText(request)) as { id: number }
    sendJson(response, cityOf(id))
  },
  '/list': async (request, response) => {
    const { limit } = JSON.parse(await readText(request)) as { limit: number }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (const chunk of chunksOf(citiesUpTo(limit))) if (!response.write(chunk)) await once(response, 'drain')
    response.end()
  },
  '/add': async (request, response) => sendJson(response, await summarise(request)),
}

/** node:http by hand: no validation, no router, no framework; the limit that the others are measured by. */
export const startServer = async (): Promise<RunningServer> => {
  const server = createServer((request, response) => {
    const route = routes[request.url ?? '']
    if (route) void route(request, response).catch((error: Error) => response.destroy(error))
    else response.writeHead(404).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    load: { method: 'POST', path: '/get', headers: { 'content-type': 'application/json' }, body: '{"id":7}' },
    close: async () => server.close(),
  }
}
