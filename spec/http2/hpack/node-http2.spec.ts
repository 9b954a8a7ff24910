import { once } from 'node:events'
import http2, { type OutgoingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { randomFrom } from './blocks.ts'
import { RawPeer } from './raw-peer.ts'

type Random = (below: number) => number

const sizes = [0, 50, 300, 1_000, 4_096, 16_384]
const names = [
  'x-a',
  'x-b',
  'x-c-bin',
  'user-agent',
  'accept',
  'via',
  'grpc-timeout',
  'x-request-id',
  'vary',
  'link',
]
const secrets = ['authorization', 'cookie', 'x-token']
const values = ['a', 'b', 'gzip', 'application/json', '', 'Mozilla/5.0 (X11; Linux x86_64)', 'x'.repeat(300)]
const chars = Array.from(
  `!"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_\`abcxyz{|}~ \t\u0080\u00a3\u00e9\u00ff`,
)

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!
const randomValue = (random: Random): string =>
  random(2) === 0
    ? pick(random, values)
    : Array.from({ length: random(90) }, () => pick(random, chars))
        .join('')
        .trim()

function requestOf(random: Random): string[] {
  const fields = [':method', pick(random, ['GET', 'POST', 'PUT']), ':scheme', pick(random, ['http', 'https'])]
  fields.push(':path', pick(random, ['/', '/index.html', '/a.B/C', '/?q=1', `/${'p'.repeat(random(200))}`]))
  fields.push(':authority', pick(random, ['localhost', 'www.example.com']))
  // A name may come twice.
  for (let left = random(8); left > 0; left--)
    fields.push(pick(random, [...names, ...secrets]), randomValue(random))
  return fields
}

function responseOf(random: Random): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ':status': pick(random, [200, 204, 404, 418, 500, 503]) }
  for (let left = random(8); left > 0; left--)
    headers[pick(random, [...names, 'x-token'])] = randomValue(random)
  headers['set-cookie'] = Array.from({ length: random(3) }, () => randomValue(random))
  return { ...headers, [http2.sensitiveHeaders]: random(2) === 0 ? ['x-token', 'set-cookie'] : [] }
}

const sensitiveOf = (headers: object): string[] =>
  (headers as Record<symbol, string[]>)[http2.sensitiveHeaders] ?? []
const pairs = (fields: readonly string[]): string[] =>
  fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : [])).toSorted()
const pairsOf = (headers: OutgoingHttpHeaders): string[] =>
  Object.entries(headers)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
    .toSorted()
const namesOf = (fields: readonly string[], wanted: ReadonlySet<string>): string[] =>
  fields.filter((name, i) => i % 2 === 0 && wanted.has(name))

it('node:http2 decodes what we encode, and we decode what it encodes: 600 blocks, tables of all sizes', async () => {
  const seed = Date.now() % 2 ** 32
  const seen = { ourEntries: 0, theirEntries: 0 }
  try {
    for (let round = 0; round < 6; round++) {
      const { encoder, decoder } = await talk(randomFrom(seed + round), 50)
      seen.ourEntries += encoder.generation
      seen.theirEntries += decoder.generation
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
  }
  // Both used their tables, or nothing was shown.
  expect(seen.ourEntries).toBeGreaterThan(100)
  expect(seen.theirEntries).toBeGreaterThan(100)
}, 30_000)

async function talk(random: Random, requests: number): Promise<RawPeer> {
  const server = http2.createServer({ settings: { headerTableSize: pick(random, sizes) } })
  const received = new Map<number, { fields: string[]; sensitive: string[] }>()
  const responses = new Map<number, OutgoingHttpHeaders>()
  let session: ServerHttp2Session | undefined
  server.on('session', (opened) => (session = opened))
  server.on('stream', (stream, headers, ...[, fields]: [number, string[]]) => {
    received.set(stream.id!, { fields, sensitive: sensitiveOf(headers) })
    const response = responseOf(random)
    responses.set(stream.id!, response)
    stream.respond(response, { endStream: true, sendDate: false } as { endStream: true })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const peer = new RawPeer((server.address() as AddressInfo).port, pick(random, sizes))
  try {
    for (let sent = 0; sent < requests;) {
      const batch: { stream: number; fields: string[]; sensitive: ReadonlySet<string> }[] = []
      for (let left = 1 + random(9); left > 0 && sent < requests; left--, sent++) {
        if (random(8) === 0) peer.announce(pick(random, sizes))
        const fields = requestOf(random)
        const sensitive = new Set(secrets.filter(() => random(2) === 0))
        batch.push({ stream: peer.request(fields, random(3) > 0, sensitive), fields, sensitive })
      }
      await peer.answered(sent)
      for (const { stream, fields, sensitive } of batch) {
        const request = received.get(stream)!
        expect(request.fields).toEqual(fields)
        expect(request.sensitive).toEqual(namesOf(fields, sensitive))

        const answer = peer.answers.find((one) => one.stream === stream)!
        const response = responses.get(stream)!
        expect(pairs(answer.fields)).toEqual(pairsOf(response))
        const secret = new Set(sensitiveOf(response))
        expect(answer.neverIndexed).toEqual(namesOf(answer.fields, secret))
      }
      if (random(3) === 0) session!.settings({ headerTableSize: pick(random, sizes) })
    }
    return peer
  } finally {
    peer.socket.destroy()
    server.close()
    session?.destroy()
  }
}
