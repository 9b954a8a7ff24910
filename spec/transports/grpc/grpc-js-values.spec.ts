import type { ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { engines } from './engines.ts'
import { jsClient, jsServer, type JsHandlers } from './grpc-js.ts'
import { protoWire } from './js-wires.ts'
import { collect, endsOn } from './support.ts'

/** As a user loads the files who keeps all 64 bits, and sees which field of a oneof is set. */
const wire = protoWire({ longs: String, oneofs: true, defaults: false })
const clientOf = (port: number) => jsClient(port, {}, { wire })
const serverOf = (handlers: JsHandlers) => jsServer(handlers, {}, { wire })
const when = new Date('2024-02-29T23:59:59.123Z')
const seconds = String(Math.floor(when.getTime() / 1_000))
const timestamp = { seconds, nanos: 123_000_000 }

const beyond = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)]
const everything = {
  text: 'ä€😀',
  mail: 'a@b.example',
  code: 'DE',
  whole: 1_000,
  real: -0.1,
  flag: true,
  choice: 'green' as const,
  list: [1, -2, 3],
  pair: ['a', 1] as [string, number],
  nested: { deep: { name: '\u0000 \n' } },
  map: { a: 1, 'ä b': -2 },
  when,
  big: 2n ** 60n + 1n,
  bytes: new Uint8Array([0, 255, 128]),
  maybe: '',
}
/** The same as proto-loader gives it. */
const asLoaded = {
  ...everything,
  whole: '1000',
  choice: 'CHOICE_GREEN',
  list: ['1', '-2', '3'],
  pair: {
    values: [
      { kind: 'stringValue', stringValue: 'a' },
      { kind: 'numberValue', numberValue: 1 },
    ],
  },
  map: { a: '1', 'ä b': '-2' },
  when: timestamp,
  big: String(2n ** 60n + 1n),
  bytes: Buffer.from([0, 255, 128]),
}

type Unary = ServerUnaryCall<any, any>
const echo = (call: Unary, done: (error: null, value: unknown) => void): void => done(null, call.request)

describe.each(engines)('engine %s: the .proto text, loaded by proto-loader', (engine) => {
  const { serveDemo, connectTo } = endsOn(engine)

  describe("for grpc-js's client", () => {
    it('carries every kind of field', async () => {
      const { port } = await serveDemo()
      const { answer } = await clientOf(port).unary('/values/everything', asLoaded)
      expect(answer).toMatchObject(asLoaded)
      expect(answer).toHaveProperty('_maybe', 'maybe')
    })

    it('carries whole numbers beyond 2^53', async () => {
      const { port } = await serveDemo()
      const message = { value: String(beyond[0]), values: beyond.map(String) }
      expect((await clientOf(port).unary('/values/int64', message)).answer).toEqual(message)
    })

    it('says which member of a oneof is set', async () => {
      const { port } = await serveDemo()
      const { unary } = clientOf(port)
      const circle = await unary('/values/shape', { circle: {} })
      expect(circle.answer).toEqual({ shape: 'circle', circle: { _radius: 'radius', radius: 1 } })
      const square = await unary('/values/shape', { square: { side: 2, tags: ['a'] } })
      expect(square.answer).toEqual({ shape: 'square', square: { side: 2, tags: ['a'] } })
    })

    it('tells what is absent from what is empty', async () => {
      const { port } = await serveDemo()
      const { unary } = clientOf(port)
      expect((await unary('/values/nullable', {})).answer).toEqual({})
      expect((await unary('/values/nullable', { text: '' })).answer).toEqual({ _text: 'text', text: '' })
      expect((await unary('/values/pairs', { pairs: { a: '', b: 'ä' } })).answer).toEqual({
        pairs: { a: '', b: 'ä' },
      })
    })

    it('carries messages within messages of their own kind', async () => {
      const { port } = await serveDemo()
      const tree = { label: 'a', at: timestamp, children: [{ label: 'b', children: [{ label: 'c' }] }] }
      expect((await clientOf(port).unary('/values/tree', tree)).answer).toMatchObject(tree)
    })
  })

  describe("for our client at grpc-js's server", () => {
    it('carries every kind of field', async () => {
      const asked: unknown[] = []
      const { port } = await serverOf({
        '/values/everything': (call: Unary, done: Parameters<typeof echo>[1]) => {
          asked.push(call.request)
          echo(call, done)
        },
      })
      const client = connectTo({ port, codec: 'proto' })
      expect(await client.values.everything(everything)).toEqual(everything)
      expect(asked).toMatchObject([asLoaded])
    })

    it('carries bigints beyond 2^53, members of unions, what is absent, and trees', async () => {
      const methods = ['int64', 'shape', 'nullable', 'pairs', 'tree']
      const { port } = await serverOf(Object.fromEntries(methods.map((name) => [`/values/${name}`, echo])))
      const { values } = connectTo({ port, codec: 'proto' })
      expect(await values.int64({ value: beyond[0]!, values: beyond })).toEqual({
        value: beyond[0],
        values: beyond,
      })
      expect(await values.shape({ shape: 'circle', radius: 2 })).toEqual({ shape: 'circle', radius: 2 })
      const square = { shape: 'square' as const, side: 1, tags: [] }
      expect(await values.shape(square)).toEqual(square)
      for (const text of [null, '', 'ä']) expect(await values.nullable({ text })).toEqual({ text })
      expect(await values.pairs({ pairs: { a: '' } })).toEqual({ pairs: { a: '' } })
      const tree = { label: 'a', at: when, children: [{ label: 'b', children: [] }] }
      expect(await values.tree(tree)).toEqual(tree)
    })

    it('carries dates, bigints and bytes in streams', async () => {
      const { port } = await serverOf({
        '/streams/special': (call: ServerDuplexStream<any, any>) => {
          call.on('data', (item) => call.write(item)).on('end', () => call.end())
        },
      })
      const items = [0, 1, 2].map((i) => ({ when, big: 10n ** 30n + BigInt(i), bytes: new Uint8Array([i]) }))
      const { special } = connectTo({ port, codec: 'proto' }).streams
      expect(await collect(special(items))).toEqual(items)
    })
  })
})
