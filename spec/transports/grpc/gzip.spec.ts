import { randomBytes } from 'node:crypto'
import type { ServerHttp2Stream } from 'node:http2'
import { gunzipSync, gzipSync } from 'node:zlib'
import { compressionAlgorithms } from '@grpc/grpc-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptsGzip, pack, unpack } from '../../../lib/transports/grpc/gzip.ts'
import { frameMessage, MessageReader } from '../../../lib/wire/grpc/message-reader.ts'
import { answer, badServer } from './bad-server.ts'
import { jsClient, jsServer } from './grpc-js.ts'
import { callFrame, dataFrame, rawGrpc } from './raw.ts'
import {
  callHeaders,
  collect,
  connectTo,
  failureOf,
  framed,
  serveDemo,
  sessionOf,
  typeClientOf,
} from './support.ts'

const MiB = 1024 * 1024
const engines = ['own', 'node:http2'] as const
const long = 'a'.repeat(10_000)

/** Messages as they were on the wire: whether each was packed, and what it says. */
function messagesIn(body: Buffer): [packed: boolean, message: unknown][] {
  const found: [boolean, unknown][] = []
  new MessageReader(64 * MiB, (bytes, packed) => {
    found.push([packed, JSON.parse(String(packed ? gunzipSync(bytes) : bytes))])
  }).push(body)
  return found
}

/** What a server of ours sends to a client that says `accept`. */
async function askFor(port: number, path: string, body: Buffer, accept?: string) {
  const more = accept === undefined ? {} : { 'grpc-accept-encoding': accept }
  const stream = sessionOf(port).request(callHeaders(path, more))
  const pieces: Buffer[] = []
  let encoding: unknown
  let status: unknown
  stream.on('response', (headers) => (encoding = headers['grpc-encoding']))
  stream.on('trailers', (trailers) => (status = trailers['grpc-status']))
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  stream.end(body)
  await new Promise((resolve) => stream.on('close', resolve))
  return { encoding, status, messages: messagesIn(Buffer.concat(pieces)) }
}

/** What a client of ours sends. */
async function sentBy(gzip: boolean | { minBytes: number } | undefined, texts: string[]) {
  const bodies: Buffer[] = []
  const encodings: unknown[] = []
  const server = await badServer((stream, _, headers) => {
    encodings.push(headers['grpc-encoding'])
    answer(stream, { body: [framed({ text: 'x' })], trailers: { 'grpc-status': '0' } })
  })
  const listening = (stream: ServerHttp2Stream): void => {
    stream.on('data', (piece: Buffer) => bodies.push(piece))
  }
  const client = connectTo({ port: server.port, ...(gzip === undefined ? {} : { gzip }) })
  // The session is there with the first call, whose own body is not looked at.
  await client.values.text({ text: '' })
  server.sessions[0]!.on('stream', listening)
  encodings.length = 0
  await collect(client.streams.echo(texts.map((text) => ({ text }))))
  const items = messagesIn(Buffer.concat(bodies.splice(0)))
  await client.values.text({ text: texts[0]! })
  const single = messagesIn(Buffer.concat(bodies))
  return { encodings, items, single }
}

describe.each(engines)('gzip both ways, engine %s', (engine) => {
  it.each(['json', 'proto'] as const)(
    'carries every pattern, small and large: %s',
    { timeout: 30_000 },
    async (codec) => {
      const gzip = { minBytes: 100 }
      const { port, probe } = await serveDemo({ engine, gzip })
      probe.open('absorb')
      const client = connectTo({ port, engine, codec, gzip })
      const large = randomBytes(MiB / 8).toString('hex')
      for (const text of ['', 'a', 'ä'.repeat(50), long, large]) {
        expect((await client.values.text({ text })).text === text).toBe(true)
        const echoed = await collect(client.streams.echo([{ text: 'b' }, { text }, { text: 'c' }, { text }]))
        expect(echoed.map((one) => one.text === text)).toEqual([text === 'b', true, text === 'c', true])
      }
      expect(await collect(client.streams.count({ to: 3 }))).toHaveLength(3)
      expect(await client.streams.sum(Array.from({ length: 1_000 }, (_, value) => ({ value })))).toEqual({
        count: 1_000,
        total: 499_500,
      })
      const bytes = await client.streams.absorb([{ data: long }, { data: 'x' }, { data: large }])
      expect(bytes).toEqual({ items: 3, bytes: 10_000 + 1 + MiB / 4 })
      const flood = await collect(client.streams.flood({ items: 20, bytes: 100_000 }))
      expect(flood.map((one) => one.data.length)).toEqual(Array.from({ length: 20 }, () => 100_000))
      expect(await failureOf(client.failures.coded({ code: 'ABORTED', message: long }))).toMatchObject({
        code: 'ABORTED',
        message: long,
      })
    },
  )

  it('carries them for a client from a type', async () => {
    const { port } = await serveDemo({ engine, gzip: true })
    const client = typeClientOf({ port, engine, gzip: true })
    expect(await client.values.text({ text: long })).toEqual({ text: long })
    expect(await collect(client.streams.echo([{ text: long }, { text: 'b' }]))).toEqual([
      { text: long },
      { text: 'b' },
    ])
  })

  it('keeps the limits of a message: what is unpacked counts, on either side', async () => {
    const bomb = { text: 'a'.repeat(5 * MiB) }
    const small = await serveDemo({ engine, gzip: true })
    const packing = connectTo({ port: small.port, engine, gzip: true }, { retry: false })
    expect(await failureOf(packing.values.text(bomb))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    expect(await failureOf(packing.streams.absorb([{ data: bomb.text }]))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    })
    const large = await serveDemo({ engine, gzip: true, maxMessageBytes: 8 * MiB })
    const reading = connectTo({ port: large.port, engine }, { retry: false })
    expect(await failureOf(reading.values.text(bomb))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    expect(await failureOf(collect(reading.streams.echo([bomb])))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    })
    // The connections have not suffered.
    expect(await packing.values.text({ text: 'a' })).toEqual({ text: 'a' })
    expect(await reading.values.text({ text: 'a' })).toEqual({ text: 'a' })
  })
})

describe('a client', () => {
  it.each([undefined, false])('told gzip: %s packs nothing, and does not speak of it', async (gzip) => {
    expect(await sentBy(gzip, [long, 'a'])).toEqual({
      encodings: [undefined, undefined],
      items: [
        [false, { text: long }],
        [false, { text: 'a' }],
      ],
      single: [[false, { text: long }]],
    })
  })

  it('packs messages of at least 1,024 bytes', async () => {
    const around = ['b'.repeat(1_023 - 11), 'c'.repeat(1_024 - 11), 'ä'.repeat(512)]
    expect(await sentBy(true, around)).toEqual({
      encodings: ['gzip', 'gzip'],
      items: [
        [false, { text: around[0] }],
        [true, { text: around[1] }],
        [true, { text: around[2] }],
      ],
      single: [[false, { text: around[0] }]],
    })
  })

  it('packs where it is told to, and only what becomes smaller', async () => {
    expect(await sentBy({ minBytes: 0 }, ['a'.repeat(300), 'abc'])).toEqual({
      encodings: ['gzip', 'gzip'],
      items: [
        [true, { text: 'a'.repeat(300) }],
        [false, { text: 'abc' }],
      ],
      single: [[true, { text: 'a'.repeat(300) }]],
    })
  })

  it('passes on what a server says that reads no gzip', async () => {
    const { port } = await badServer((stream, _, headers) => {
      const told = headers['grpc-encoding'] === 'gzip' ? '12' : '0'
      answer(stream, {
        headers: { 'grpc-status': told, 'grpc-message': 'no gzip here', 'grpc-accept-encoding': 'identity' },
      })
    })
    expect(await failureOf(connectTo({ port, gzip: true }).values.text({ text: long }))).toMatchObject({
      code: 'UNIMPLEMENTED',
      message: 'no gzip here',
    })
  })

  it('says that it reads gzip, whether it packs or not', async () => {
    const said: unknown[] = []
    const { port } = await badServer((stream, _, headers) => {
      said.push(headers['grpc-accept-encoding'])
      answer(stream, { body: [framed({ text: 'x' })], trailers: { 'grpc-status': '0' } })
    })
    await connectTo({ port }).values.text({ text: 'a' })
    await connectTo({ port, gzip: true }).values.text({ text: 'a' })
    expect(said).toEqual(['gzip', 'gzip'])
  })
})

describe.each(engines)('a server, engine %s', (engine) => {
  it.each(['gzip', 'identity,deflate,gzip', 'identity, gzip', 'gzip , br'])(
    'packs for a client that reads %j',
    async (accept) => {
      const { port } = await serveDemo({ engine, gzip: true })
      expect(await askFor(port, '/values/text', framed({ text: long }), accept)).toEqual({
        encoding: 'gzip',
        status: '0',
        messages: [[true, { text: long }]],
      })
      const items = Buffer.concat(['a', long, 'b'].map((text) => framed({ text })))
      expect(await askFor(port, '/streams/echo', items, accept)).toEqual({
        encoding: 'gzip',
        status: '0',
        messages: [
          [false, { text: 'a' }],
          [true, { text: long }],
          [false, { text: 'b' }],
        ],
      })
    },
  )

  it.each([undefined, '', 'identity', 'deflate', 'x-gzip', 'gzipped', 'identity, gzip2'])(
    'packs nothing for one that says %j',
    async (accept) => {
      const { port } = await serveDemo({ engine, gzip: true })
      expect(await askFor(port, '/values/text', framed({ text: long }), accept)).toEqual({
        encoding: undefined,
        status: '0',
        messages: [[false, { text: long }]],
      })
    },
  )

  it('packs nothing unless it is told to', async () => {
    const { port } = await serveDemo({ engine })
    expect(await askFor(port, '/values/text', framed({ text: long }), 'gzip')).toEqual({
      encoding: undefined,
      status: '0',
      messages: [[false, { text: long }]],
    })
  })

  it('says in good answers that it reads gzip, whether it packs or not', async () => {
    for (const gzip of [false, true]) {
      const { port } = await serveDemo({ engine, gzip })
      const raw = await rawGrpc(port)
      for (const [id, path] of [
        [1, '/values/text'],
        [3, '/streams/echo'],
      ] as const) {
        raw.send(callFrame(id, path), dataFrame(id, framed({ text: 'a' }), true))
        expect(await raw.answer(id)).toMatchObject({
          ':status': '200',
          'grpc-status': '0',
          'grpc-accept-encoding': 'gzip',
        })
      }
    }
  })
})

describe('grpc-js', () => {
  const algorithm = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }

  it('reads packed answers, and sends packed requests', async () => {
    const { port } = await serveDemo({ gzip: { minBytes: 50 } })
    for (const options of [{}, algorithm]) {
      const { unary, clientStream, serverStream, bidi } = jsClient(port, options)
      // Its first call asks what the server takes; from then on it packs.
      for (const text of ['a', long, 'x'.repeat(MiB)])
        expect((await unary('/values/text', { text })).answer).toEqual({ text })
      const flood = await collect(serverStream('/streams/flood', { items: 3, bytes: 100_000 }))
      expect(flood.map((one) => (one as { data: string }).data.length)).toEqual([100_000, 100_000, 100_000])
      const { call, answer: total } = clientStream('/streams/sum')
      for (let value = 0; value < 100; value++) call.write({ value })
      call.end()
      expect(await total).toEqual({ count: 100, total: 4_950 })
      const echo = bidi('/streams/echo')
      for (const text of ['a', long, 'b']) echo.write({ text })
      echo.end()
      expect(await collect(echo)).toEqual([{ text: 'a' }, { text: long }, { text: 'b' }])
    }
  })

  it('as a server reads packed requests', async () => {
    const { port } = await jsServer({
      '/values/text': ['unary', (call, reply) => reply(null, call.request)],
      '/streams/echo': [
        'bidi',
        (call) => {
          call.on('data', (item: unknown) => call.write(item))
          call.on('end', () => call.end())
        },
      ],
    })
    const client = connectTo({ port, gzip: { minBytes: 50 } })
    for (const text of ['a', long, 'x'.repeat(MiB)])
      expect((await client.values.text({ text })).text === text).toBe(true)
    const texts = [{ text: 'a' }, { text: long }, { text: 'b' }]
    expect(await collect(client.streams.echo(texts))).toEqual(texts)
  })
})

describe('packing', () => {
  it('gives back what was given, or nothing where nothing is gained', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 5_000 }), fc.constant(long)),
        fc.nat(200),
        (message, least) => {
          const bytes = Buffer.from(message)
          const packed = pack(message, least)
          const gains = bytes.length >= least && gzipSync(bytes, { level: 1 }).length < bytes.length
          expect(packed !== undefined).toBe(gains)
          if (packed) expect(unpack(packed, bytes.length).equals(bytes)).toBe(true)
        },
      ),
    )
  })

  it('is asked for by one name in a list', () => {
    const names = fc.array(fc.constantFrom('gzip', 'identity', 'deflate', 'br', 'x-gzip', 'gzip2', ''))
    fc.assert(
      fc.property(names, fc.constantFrom(',', ', ', ' ,', '\t,  '), (list, comma) => {
        expect(acceptsGzip(list.join(comma))).toBe(list.includes('gzip'))
      }),
    )
    expect(acceptsGzip(undefined)).toBe(false)
  })

  it('leaves messages of less than the limit in their frames', () => {
    expect(messagesIn(frameMessage('{"text":"a"}'))).toEqual([[false, { text: 'a' }]])
  })
})
