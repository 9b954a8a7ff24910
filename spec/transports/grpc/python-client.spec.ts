import { createApp, implement, RpcError, serve, type ErrorCode } from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createProbe } from '../../../lib/testing/probe.ts'
import { contract } from './python-contract.ts'
import { describePython, pythonClient } from './python.ts'

/** The codes by their numbers, from 1 on. */
const codes: readonly ErrorCode[] = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

async function serveInterop(options: GrpcOptions) {
  const probe = createProbe()
  const seen: unknown[] = []
  const held = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  const interop = implement(contract.interop, {
    everything: (input) => {
      seen.push(input)
      return input
    },
    text: async (input) => {
      if (input.text === 'gate') {
        probe.note('text began')
        await probe.passed('text')
      }
      return input
    },
    *count({ to }) {
      for (let value = 0; value < to; value++) yield { value }
    },
    async sum(values) {
      let [count, total] = [0, 0]
      for await (const { value } of values) {
        count++
        total += value
      }
      return { count, total }
    },
    async *talk(texts) {
      yield* texts
    },
    blob: ({ size }) => ({ data: new Uint8Array(size) }),
    mirror: (_, ctx) => {
      ctx.header
        .append('x-header', 'a')
        .append('x-header', 'b')
        .set('x-header-bin', new Uint8Array([0, 255]))
      ctx.trailer.set('x-trailer', 'c, d').set('x-trailer-bin', new Uint8Array([1, 2, 3]))
      return { who: ctx.metadata.get('who') ?? '', raw: ctx.metadata.getBytes('raw-bin') ?? new Uint8Array() }
    },
    fail: ({ code, message }) => {
      throw new RpcError(codes[code - 1]!, message)
    },
    *fail_after({ items }) {
      for (let value = 0; value < items; value++) yield { value }
      throw new RpcError('ABORTED', 'gone')
    },
    buy: ({ left }, ctx) => {
      throw ctx.errors.OUT_OF_STOCK({ left }, 'nothing left')
    },
    hold: async (_, { signal }) => {
      probe.note('hold began')
      try {
        return await held(signal)
      } finally {
        probe.note('hold ended')
      }
    },
    async *endless() {
      try {
        for (let value = 0; ; value++) yield { value }
      } finally {
        probe.note('endless ended')
      }
    },
    left: (_, { deadline }) => ({ ms: deadline === undefined ? -1 : Math.round(deadline - Date.now()) }),
  })
  const app = createApp({ services: { interop }, log: recordingLog() })
  const server = await serve(app, grpc({ port: 0, ...options }), { signals: false, graceMs: 5_000 })
  onTestFinished(() => server.close())
  return { server, probe, seen, port: Number(new URL(server.urls[0]!).port) }
}

describePython("Python's grpcio at our server", () => {
  describe.each(['own', 'node:http2'] as const)('over the engine %s', (engine) => {
    const all = async (scenario: string, options: GrpcOptions = {}): Promise<unknown[]> => {
      const { port } = await serveInterop({ engine, ...options })
      return pythonClient(port, scenario).rest()
    }

    it('calls all four patterns', async () => {
      const numbers = Array.from({ length: 100 }, (_, i) => i)
      expect(await all('patterns')).toEqual([
        'ä€ 𝄞 日本',
        numbers,
        [],
        [100, 4_950],
        [0, 0],
        'a',
        'b',
        'ä',
        null,
      ])
    })

    it('means the same by every type', async () => {
      const { port, seen } = await serveInterop({ engine })
      const client = pythonClient(port, 'everything')
      expect(await client.next()).toBe(true)
      expect(seen[0]).toEqual({
        text: 'ä€ 𝄞 \u0000',
        whole: -Number.MAX_SAFE_INTEGER,
        small: -2_147_483_648,
        real: 0.1,
        flag: true,
        big: -(2n ** 63n),
        when: new Date('1969-12-31T23:59:59.123Z'),
        bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
        colour: 'green',
        shape: { kind: 'square', side: 1.5 },
        counts: { a: 1, ä: -2, '': 0 },
        tags: ['x', '', 'y'],
        shapes: [
          { kind: 'circle', radius: 0 },
          { kind: 'square', side: 2 },
        ],
        maybe: '',
        anything: { a: [1, null, 'ä', { b: false }] },
      })
      expect(await client.rest()).toEqual([
        ['-9223372036854775808', '-9007199254740991', '1969-12-31T23:59:59.123Z', 'square', true],
        [true, false, 'circle'],
        { code: 'INVALID_ARGUMENT', message: 'input/colour is required' },
        { code: 'INVALID_ARGUMENT', message: 'input/shape is required' },
      ])
    })

    it('sends metadata, and gets header and trailer', async () => {
      const { port } = await serveInterop({ engine })
      expect(await pythonClient(port, 'metadata').rest()).toEqual([
        ['me', 'AP8B'],
        [
          [
            ['x-header', 'a, b'],
            ['x-header-bin', 'AP8='],
          ],
          [
            ['x-trailer', 'c, d'],
            ['x-trailer-bin', 'AQID'],
          ],
        ],
      ])
    })

    it('gets every code with its message, and one behind the items of a stream', async () => {
      expect(await all('failures')).toEqual([
        ...codes.map((code, i) => ({ code, message: `${i + 1} ä €\n100 %` })),
        [[0, 1], { code: 'ABORTED', message: 'gone' }],
      ])
    })

    it('gets what explains an error', async () => {
      expect(await all('details')).toEqual([
        { code: 'FAILED_PRECONDITION', message: 'nothing left' },
        [9, 'nothing left', 'OUT_OF_STOCK', 'interop', { left: 3 }],
      ])
    })

    it('is told of a method that is not there, and of a message that is none', async () => {
      expect(await all('unknown')).toMatchObject([{ code: 'UNIMPLEMENTED' }, { code: 'INVALID_ARGUMENT' }])
    })

    it('has its deadline heard, and kept', async () => {
      const { port, probe } = await serveInterop({ engine })
      expect(await pythonClient(port, 'deadline').rest()).toEqual([
        true,
        'DEADLINE_EXCEEDED',
        'DEADLINE_EXCEEDED',
      ])
      await probe.until('hold ended')
    })

    it('cancels unary calls', async () => {
      const { port, probe } = await serveInterop({ engine })
      const client = pythonClient(port, 'cancel_unary')
      await probe.until('hold began')
      client.tell()
      expect(await client.next()).toEqual([true, 'CANCELLED'])
      await probe.until('hold ended')
      client.tell()
      expect(await client.rest()).toEqual([])
    })

    it('cancels streams', async () => {
      const { port, probe } = await serveInterop({ engine })
      const client = pythonClient(port, 'cancel_stream')
      expect(await client.next()).toEqual([0, 1])
      expect(await client.next()).toBe('CANCELLED')
      await probe.until('endless ended')
      client.tell()
      expect(await client.rest()).toEqual([])
    })

    it('that dies ends its calls', async () => {
      const { port, probe } = await serveInterop({ engine })
      const client = pythonClient(port, 'lost')
      await probe.until('hold began')
      client.kill()
      await probe.until('hold ended')
    })

    it('sends and gets large messages, up to the limit of one', async () => {
      expect(await all('large')).toMatchObject([
        true,
        { code: 'RESOURCE_EXHAUSTED' },
        { code: 'RESOURCE_EXHAUSTED' },
        4 * 1024 * 1024 - 100,
        Array.from({ length: 8 }, () => 1024 * 1024),
        'still here',
      ])
    })

    it.each([false, true])('sends gzip, up to the limit of a message; answers packed: %j', async (gzip) => {
      expect(await all('gzip', { gzip })).toMatchObject([true, 4_950, { code: 'RESOURCE_EXHAUSTED' }, true])
    })

    it('is told that deflate is not taken', async () => {
      expect(await all('deflate')).toMatchObject([{ code: 'UNIMPLEMENTED' }])
    })

    it('checks health', async () => {
      expect(await all('health')).toEqual(['SERVING', 'SERVING', 'NOT_FOUND', 'SERVING'])
    })

    it('finishes its calls while our server closes, and gets UNAVAILABLE from then on', async () => {
      const { server, port, probe } = await serveInterop({ engine })
      const client = pythonClient(port, 'drain')
      await probe.until('text began')
      const closed = server.close()
      probe.open('text')
      client.tell()
      expect(await client.next()).toBe('gate')
      await closed
      client.tell()
      expect(await client.rest()).toEqual(['UNAVAILABLE'])
    })
  })
})
