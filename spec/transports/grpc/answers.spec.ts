import { gzipSync } from 'node:zlib'
import type { OutgoingHttpHeaders } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { write, any, structOf } from '../../wire/grpc/google.ts'
import { frameMessage } from '../../../lib/wire/grpc/message-reader.ts'
import { answer, badServer, type Parts } from './bad-server.ts'
import { engines } from './engines.ts'
import { endsOn, collect, failureOf, framed } from './support.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { connectTo, typeClientOf } = endsOn(engine)

  const ok = { 'grpc-status': '0' }
  const text = framed({ text: 'a' })

  /** A client of a server that answers everything with these parts. */
  async function clientFor(parts: Parts, options = {}) {
    const { port } = await badServer((stream) => answer(stream, parts))
    return connectTo({ port, ...options }, { retry: false })
  }

  async function unaryFailure(parts: Parts, options = {}): Promise<unknown> {
    const client = await clientFor(parts, options)
    return failureOf(client.values.text({ text: 'a' }))
  }

  /** Octets of UTF-8, each as a character: so raw text stands in a header. */
  const raw = (value: string): string => Buffer.from(value).toString('latin1')

  describe('an answer that is trailers only', () => {
    it('is a failure with code, message and metadata', async () => {
      const headers = { 'grpc-status': '5', 'grpc-message': 'no%20such%20thing', 'x-a': '1' }
      expect(await unaryFailure({ headers })).toMatchObject({ code: 'NOT_FOUND', message: 'no such thing' })
      const client = await clientFor({ headers })
      expect(await failureOf(collect(client.streams.count({ to: 1 })))).toMatchObject({ code: 'NOT_FOUND' })
    })

    it('may be a success without messages: an empty stream, or {}', async () => {
      const client = await clientFor({ headers: ok })
      expect(await collect(client.streams.count({ to: 1 }))).toEqual([])
      expect(await client.values.nothing({})).toEqual({})
    })
  })

  describe('a grpc-status', () => {
    it.each([
      ['17', 'UNKNOWN'],
      ['999', 'UNKNOWN'],
      ['-1', 'UNKNOWN'],
      ['ten', 'UNKNOWN'],
      ['', 'UNKNOWN'],
      ['16', 'UNAUTHENTICATED'],
      ['1', 'CANCELLED'],
    ])('%j is %s', async (status, code) => {
      expect(await unaryFailure({ trailers: { 'grpc-status': status } })).toMatchObject({ code })
      expect(await unaryFailure({ body: [text], trailers: { 'grpc-status': status } })).toMatchObject({
        code,
      })
    })

    it.each([
      ['after a message', { body: [text] }],
      ['in trailers of something else', { body: [text], trailers: { 'x-a': '1' } }],
      ['without anything', {}],
    ] satisfies [string, Parts][])('that is missing (%s) is UNKNOWN', async (_, parts) => {
      expect(await unaryFailure(parts)).toMatchObject({ code: 'UNKNOWN' })
      const body = 'body' in parts ? [framed({ value: 1 })] : []
      const client = await clientFor({ ...parts, body })
      expect(await failureOf(collect(client.streams.count({ to: 1 })))).toMatchObject({ code: 'UNKNOWN' })
    })
  })

  describe('an answer that is no gRPC', () => {
    it.each([
      [400, 'INTERNAL'],
      [401, 'UNAUTHENTICATED'],
      [403, 'PERMISSION_DENIED'],
      [404, 'UNIMPLEMENTED'],
      [429, 'UNAVAILABLE'],
      [502, 'UNAVAILABLE'],
      [503, 'UNAVAILABLE'],
      [504, 'UNAVAILABLE'],
      [200, 'UNKNOWN'],
      [204, 'UNKNOWN'],
      [302, 'UNKNOWN'],
      [415, 'UNKNOWN'],
      [418, 'UNKNOWN'],
      [500, 'UNKNOWN'],
    ] as const)('of HTTP status %i is %s', async (status, code) => {
      const headers = { ':status': status, 'content-type': 'text/html' }
      const body = status === 204 ? [] : [Buffer.from('<h1>')]
      for (const parts of [{ headers }, { headers, body }]) {
        expect(await unaryFailure(parts)).toMatchObject({ code })
        const client = await clientFor(parts)
        expect(await failureOf(collect(client.streams.count({ to: 1 })))).toMatchObject({ code })
        expect(await failureOf(client.streams.sum([{ value: 1 }]))).toMatchObject({ code })
      }
    })

    it.each([401, 503])(
      'of HTTP status %i with a gRPC content type counts by its HTTP status',
      async (status) => {
        const code = status === 401 ? 'UNAUTHENTICATED' : 'UNAVAILABLE'
        expect(await unaryFailure({ headers: { ':status': status } })).toMatchObject({ code })
      },
    )

    it('counts by its grpc-status where it has one', async () => {
      const headers = { ':status': 503, 'grpc-status': '7', 'grpc-message': 'told' }
      expect(await unaryFailure({ headers })).toMatchObject({ code: 'PERMISSION_DENIED', message: 'told' })
    })

    it.each([{ ':status': 404 }, { ':status': 500, 'grpc-status': '0' }])(
      'is never a success: %j',
      async (headers: OutgoingHttpHeaders) => {
        expect(await unaryFailure({ headers, body: [text], trailers: ok })).toHaveProperty('code')
      },
    )

    it.each(['application/grpc', 'application/grpc+json', 'application/grpc+json; charset=utf-8'])(
      'is not one of content type %s',
      async (type) => {
        const client = await clientFor({ headers: { 'content-type': type }, body: [text], trailers: ok })
        expect(await client.values.text({ text: 'a' })).toEqual({ text: 'a' })
      },
    )
  })

  describe('the number of messages', () => {
    it('two for a unary call is UNIMPLEMENTED', async () => {
      const parts = { body: [text, text], trailers: ok }
      expect(await unaryFailure(parts)).toMatchObject({ code: 'UNIMPLEMENTED' })
      const client = await clientFor(parts)
      expect(await failureOf(client.streams.sum([{ value: 1 }]))).toMatchObject({ code: 'UNIMPLEMENTED' })
    })

    it('none for a unary call is {}', async () => {
      const client = await clientFor({ trailers: ok })
      expect(await client.values.nothing({})).toEqual({})
      const { port } = await badServer((stream) => answer(stream, { trailers: ok }))
      expect(await typeClientOf({ port }).values.nothing({})).toEqual({})
    })

    it('one and a failure is the failure', async () => {
      const trailers = { 'grpc-status': '10', 'grpc-message': 'late' }
      expect(await unaryFailure({ body: [text], trailers })).toMatchObject({
        code: 'ABORTED',
        message: 'late',
      })
    })
  })

  describe('a message', () => {
    it.each([
      ['too large', Buffer.from([0, 0, 0, 0x27, 0x11]), 'RESOURCE_EXHAUSTED'],
      ['of 4 GiB', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), 'RESOURCE_EXHAUSTED'],
      ['whose first octet is 2', Buffer.from([2, 0, 0, 0, 0]), 'INTERNAL'],
      ['packed without grpc-encoding', frameMessage(gzipSync('{"text":"a"}'), true), 'INTERNAL'],
      ['that is cut', text.subarray(0, -1), 'INTERNAL'],
      ['whose prefix is cut', text.subarray(0, 3), 'INTERNAL'],
    ])('%s fails the call', async (_, bytes, code) => {
      const parts = { body: [bytes], trailers: ok }
      expect(await unaryFailure(parts, { maxMessageBytes: 10_000 })).toMatchObject({ code })
      const client = await clientFor(parts, { maxMessageBytes: 10_000 })
      expect(await failureOf(collect(client.streams.count({ to: 1 })))).toMatchObject({ code })
    })

    it.each([
      ['no JSON', frameMessage('{')],
      ['no UTF-8', frameMessage(Buffer.from('"\xff"', 'latin1'))],
      ['nested too deep', frameMessage('['.repeat(65) + ']'.repeat(65))],
      ['with a key __proto__', frameMessage('{"__proto__":{}}')],
    ])('that is %s fails the call, and behind it nothing is read', async (_, bytes) => {
      const { port } = await badServer((stream) =>
        answer(stream, { body: [text, bytes, text], trailers: ok }),
      )
      const seen: unknown[] = []
      const work = async (): Promise<void> => {
        for await (const item of typeClientOf({ port }, { retry: false }).streams.echo([{ text: 'a' }]))
          seen.push(item)
      }
      expect(await failureOf(work())).toHaveProperty('code')
      expect(seen).toEqual([{ text: 'a' }])
    })

    it('packed by gzip is unpacked, and a bomb is refused', async () => {
      const headers = { 'grpc-encoding': 'gzip' }
      const packed = frameMessage(gzipSync('{"text":"b"}'), true)
      const client = await clientFor({ headers, body: [packed], trailers: ok })
      expect(await client.values.text({ text: 'a' })).toEqual({ text: 'b' })
      const bomb = frameMessage(gzipSync(Buffer.alloc(64 * 1024 * 1024)), true)
      expect(await unaryFailure({ headers, body: [bomb], trailers: ok })).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
      })
      const broken = frameMessage(Buffer.from('no gzip'), true)
      expect(await unaryFailure({ headers, body: [broken], trailers: ok })).toMatchObject({
        code: 'INTERNAL',
      })
    })

    it('packed in another way fails the call', async () => {
      const parts = { headers: { 'grpc-encoding': 'br' }, body: [frameMessage('xx', true)], trailers: ok }
      expect(['INTERNAL', 'UNIMPLEMENTED']).toContain(((await unaryFailure(parts)) as { code: string }).code)
    })
  })

  describe('a grpc-message', () => {
    it.each([
      ['in raw UTF-8', raw('kein € übrig'), 'kein € übrig'],
      ['in escapes', 'kein%20%E2%82%AC%20%C3%BCbrig', 'kein € übrig'],
      ['in both', raw('kein %E2%82%AC übrig: 100 %'), 'kein € übrig: 100 %'],
      ['with broken escapes', '%zz%4', '%zz%4'],
      ['of several lines', 'a%0Ab', 'a\nb'],
    ])('%s is read', async (_, value, message) => {
      const status = { 'grpc-status': '9', 'grpc-message': value }
      expect(await unaryFailure({ trailers: status })).toMatchObject({ code: 'FAILED_PRECONDITION', message })
      expect(await unaryFailure({ headers: status })).toMatchObject({ code: 'FAILED_PRECONDITION', message })
    })
  })

  describe('grpc-status-details-bin', () => {
    const details = write('google.rpc.Status', {
      code: 9,
      message: 'm',
      details: [
        any('google.rpc.ErrorInfo', { reason: 'R', domain: 'd' }),
        any('google.protobuf.Struct', structOf({ left: 3 })),
      ],
    }).toString('base64')
    const status = { 'grpc-status': '9', 'grpc-message': 'm' }

    it.each([details, details.replaceAll('=', '')])('is read, padded or not: %s', async (value) => {
      expect(await unaryFailure({ trailers: { ...status, 'grpc-status-details-bin': value } })).toMatchObject(
        {
          code: 'FAILED_PRECONDITION',
          reason: 'R',
          details: { left: 3 },
        },
      )
    })

    it.each([details.slice(0, 40), '%%%', 'AAAA', '', raw('ä')])(
      'that is broken (%j) is passed over',
      async (value) => {
        const error = await unaryFailure({ trailers: { ...status, 'grpc-status-details-bin': value } })
        expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', message: 'm', details: undefined })
      },
    )
  })

  describe('metadata of an answer', () => {
    it('is what is no header of the protocol, unpadded base64 too', async () => {
      const client = await clientFor({
        headers: { 'x-a': '1', 'a-bin': 'AP8', 'grpc-accept-encoding': 'gzip' },
        body: [text],
        trailers: { ...ok, 'x-b': '2', 'b-bin': 'AA', 'grpc-message': '' },
      })
      const call = client.values.text({ text: 'a' })
      await call
      // node:http2 says the date by itself.
      const { date: _, ...header } = (await call.header).toJSON()
      expect(header).toEqual({ 'x-a': '1', 'a-bin': 'AP8=' })
      expect((await call.trailer).toJSON()).toEqual({ 'x-b': '2', 'b-bin': 'AA==' })
    })
  })
})
