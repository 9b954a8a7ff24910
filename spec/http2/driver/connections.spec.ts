import type { Http2Client, Http2Stream } from 'microapi-ts/http2'
import { expect, it } from 'vitest'
import { ask, clientOf, request, serve } from '../interop/ends.ts'
import { MiB, octets } from '../interop/octets.ts'

/** Answers at `/`; at any other path sends for as long as it is read. */
function onStream(stream: Http2Stream): void {
  stream.respond({ ':status': 200 })
  if (stream.headers!.path === '/') return stream.end('hello')
  const more = (): void => {
    while (stream.write(octets(50_000)));
  }
  stream.listener = { onDrain: more }
  more()
}

it('1,000 connections are served alike, beside 10 that are sent as much as they can take', async () => {
  const { url, server, errors } = await serve(onStream)
  const connections = 1_000
  const wanted = 20
  let total = 0
  const counts = Array.from({ length: connections }, () => 0)
  const clients = counts.map(() => clientOf(url))
  await Promise.all(clients.map((client) => client.ping()))

  const loads = Array.from({ length: 10 }, () => 0)
  const heavy = loads.map((_, i) => {
    const client = clientOf(url)
    const stream = client.request(request('/load'), {
      end: true,
      listener: {
        onData(_stream, piece) {
          loads[i]! += piece.length
          stream.consume(piece.length)
        },
      },
    })
    return stream
  })

  // Each asks again as soon as it was answered, until all together have had their share.
  const enough = (): boolean => total >= connections * wanted
  const work = async (client: Http2Client, i: number): Promise<void> => {
    while (!enough()) {
      const { body } = await ask(client, request())
      expect(body.length).toBe(5)
      counts[i]!++
      total++
    }
  }
  await Promise.all(clients.map(work))
  for (const stream of heavy) stream.reset('CANCEL')
  expect(server.connections).toBe(connections + 10)
  const slowest = Math.min(...counts)
  // Of `wanted` on average.
  expect(slowest).toBeGreaterThanOrEqual(wanted / 4)
  for (const load of loads) expect(load).toBeGreaterThan(MiB)
  expect(Math.min(...loads)).toBeGreaterThan(Math.max(...loads) / 10)
  expect(errors).toEqual([])
}, 60_000)
