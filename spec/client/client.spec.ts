import { getEventListeners } from 'node:events'
import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  Empty,
  isRpcError,
  rpc,
  RpcError,
  serve,
  t,
  type Call,
  type Middleware,
  type Transport,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createMetadata } from '../../lib/core/metadata.ts'

const Text = Type.Object({ text: Type.String() })
const Count = Type.Object({ count: Type.Integer() })

const service = defineService({
  echo: rpc.unary(Text, Text, (input) => input),
  nothing: rpc.unary(Empty, Empty, () => ({})),
  at: rpc.unary(Type.Object({ at: t.DateTime() }), Type.Object({ at: t.DateTime() }), ({ at }) => ({ at })),
  list: rpc.serverStream(Count, Count, async function* ({ count }) {
    for (let i = 0; i < count; i++) yield { count: i }
  }),
  total: rpc.clientStream(Count, Count, async (items) => {
    let count = 0
    for await (const item of items) count += item.count
    return { count }
  }),
  chat: rpc.bidiStream(Text, Text, async function* (items) {
    yield* items
  }),
  hold: rpc.unary(
    Empty,
    Empty,
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ),
})
const app = createApp({ services: { s: service }, log: recordingLog() })

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close()
})
async function typeOnly(options = {}) {
  const link = memory()
  opened.push(await serve(app, link, { signals: false, graceMs: 100 }))
  const client = createClient<typeof app>(link, options)
  opened.push(client)
  return client
}

/** A transport whose calls are answered here; what was called is kept. */
function fake(
  answer: (call: Call) => unknown,
): Transport & { readonly calls: Call[]; connects: number; closes: number } {
  const calls: Call[] = []
  return {
    calls,
    connects: 0,
    closes: 0,
    schemes: [],
    serve: () => expect.unreachable(),
    async connect() {
      this.connects++
      return {
        close: async () => void this.closes++,
        invoke: async (call) => {
          calls.push(call)
          return { output: await answer(call), header: createMetadata(), trailer: createMetadata() }
        },
      }
    },
  }
}

describe('a client', () => {
  it('looks like no promise, no date and no JSON: awaiting or printing it calls nothing', async () => {
    const transport = fake(() => ({}))
    const client = createClient<typeof app>(transport)
    expect(JSON.stringify(client)).toBe('{}')
    expect(await Promise.resolve(client)).toBe(client)
    expect(await Promise.resolve(client.s)).toBe(client.s)
    expect(JSON.stringify(client.s)).toBe('{}')
    expect(transport.calls).toEqual([])
    expect(transport.connects).toBe(0)
  })

  it('keeps its services and methods: each is made once', async () => {
    const client = await typeOnly()
    expect(client.s).toBe(client.s)
    expect(client.s.echo).toBe(client.s.echo)
  })

  it('made from a contract or an app has what stands there, and nothing else', () => {
    const client = createClient({ s: service }, memory())
    expect((client as Record<string, unknown>)['nobody']).toBeUndefined()
    expect((client.s as Record<string, unknown>)['nobody']).toBeUndefined()
    expect((client.s as Record<string, unknown>)['constructor']).toBeUndefined()
  })

  it('connects at its first call, once for all', async () => {
    const transport = fake(() => ({ text: 'a' }))
    const client = createClient<typeof app>(transport)
    await Promise.all([client.s.echo({ text: 'a' }), client.s.echo({ text: 'b' })])
    expect(transport.connects).toBe(1)
    await client.close()
    expect(transport.closes).toBe(1)
    await expect(client.s.echo({ text: 'a' })).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'the client was closed',
    })
  })

  it('tries to connect again after a connection failed', async () => {
    const transport = fake(() => ({ text: 'a' }))
    let up = false
    const flaky: Transport = {
      ...transport,
      connect: () => (up ? transport.connect() : Promise.reject(new RpcError('UNAVAILABLE', 'down'))),
    }
    const client = createClient<typeof app>(flaky, { retry: false })
    await expect(client.s.echo({ text: 'a' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    up = true
    expect(await client.s.echo({ text: 'a' })).toEqual({ text: 'a' })
  })

  it('says what createClient takes', () => {
    expect(() => createClient({ s: service } as never)).toThrow(
      'give it an app, a transport, or a contract and a transport',
    )
  })

  it('fails a call by an unknown scheme, naming those that it knows', async () => {
    const client = createClient<typeof app>('gopher://a', { retry: false })
    await expect(client.s.echo({ text: 'a' })).rejects.toThrow('gopher')
  })
})

describe('use decides what a call of a type-only client is', () => {
  it('awaited it is one message', async () => {
    const client = await typeOnly()
    expect(await client.s.echo({ text: 'a' })).toEqual({ text: 'a' })
    expect(await client.s.nothing()).toEqual({})
  })

  it('iterated it is a stream', async () => {
    const client = await typeOnly()
    const seen: number[] = []
    for await (const { count } of client.s.list({ count: 3 })) seen.push(count)
    expect(seen).toEqual([0, 1, 2])
  })

  it('given an iterable it streams in, and one without an argument has send, next and end', async () => {
    const client = await typeOnly()
    expect(await client.s.total([{ count: 1 }, { count: 2 }])).toEqual({ count: 3 })
    const total = client.s.total()
    await total.send({ count: 4 })
    await total.send({ count: 5 })
    await total.end()
    expect(await total).toEqual({ count: 9 })
    const chat = client.s.chat()
    await chat.send({ text: 'a' })
    expect(await chat.next()).toEqual({ done: false, value: { text: 'a' } })
    await chat.end()
    expect(await chat.next()).toEqual({ done: true, value: undefined })
  })

  it('awaiting a stream of several items says to iterate it', async () => {
    const client = await typeOnly()
    await expect(client.s.list({ count: 2 }) as never as Promise<unknown>).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringContaining('iterate'),
    })
  })

  it('sending where the messages were an argument says so', async () => {
    const client = await typeOnly()
    const call = client.s.chat([{ text: 'a' }])
    await expect(call.send({ text: 'b' })).rejects.toThrow('given its messages as an argument')
    for await (const _ of call);
  })

  it('sending after it was awaited says that it is too late', async () => {
    const client = await typeOnly()
    const call = client.s.nothing() as unknown as { send(message: object): Promise<void> } & Promise<unknown>
    await call
    await expect(call.send({})).rejects.toThrow('send() the first one before you await or iterate it')
  })

  it('a call with an argument starts at once, one without at its first use', async () => {
    const transport = fake(() => ({}))
    const client = createClient<typeof app>(transport)
    const started = client.s.echo({ text: 'a' })
    void client.s.nothing()
    await started
    expect(transport.calls.map(({ method }) => method)).toEqual(['echo'])
  })

  it('awaited twice it is one call', async () => {
    const transport = fake(() => ({ text: 'a' }))
    const call = createClient<typeof app>(transport).s.echo({ text: 'a' })
    expect([await call, await call, await call.then(({ text }) => text)]).toEqual([
      { text: 'a' },
      { text: 'a' },
      'a',
    ])
    expect(transport.calls).toHaveLength(1)
  })
})

describe('what a client knows', () => {
  it('from a contract: it checks both ways and decodes', async () => {
    const transport = fake(({ method }) =>
      method === 'at' ? { at: '1970-01-01T00:00:00.000Z' } : { text: 5 },
    )
    const client = createClient({ s: service }, transport)
    expect(await client.s.at({ at: new Date(5) })).toEqual({ at: new Date(0) })
    expect(transport.calls[0]!.input).toEqual({ at: '1970-01-01T00:00:00.005Z' })
    await expect(client.s.echo({ text: 1 } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION',
      details: { pointer: '/text' },
    })
    expect(transport.calls).toHaveLength(1)
    await expect(client.s.echo({ text: 'a' })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('what the contract forbids: output/text'),
    })
  })

  it('from a type alone: it passes on what it is given', async () => {
    const transport = fake(() => ({ at: 'whatever' }))
    expect(await createClient<typeof app>(transport).s.at({ at: 'x' })).toEqual({ at: 'whatever' })
    expect(transport.calls[0]).toMatchObject({ input: { at: 'x' }, kind: undefined })
  })

  it('unary calls have a deadline of 30 s unless told otherwise, streams have none', async () => {
    const transport = fake(({ method }) => (method === 'list' ? [] : { text: '' }))
    for (const client of [createClient<typeof app>(transport), createClient({ s: service }, transport)]) {
      transport.calls.length = 0
      const before = Date.now()
      await client.s.echo({ text: 'a' })
      for await (const _ of client.s.list({ count: 1 }));
      await client.s.echo({ text: 'a' }, { timeoutMs: 1_000 })
      const left = transport.calls.map(({ deadline }) => deadline && Math.round((deadline - before) / 1_000))
      expect(left).toEqual([30, undefined, 1])
    }
  })
})

describe('a call', () => {
  it('lets go of its signal when it has ended', async () => {
    const client = await typeOnly()
    const { signal } = new AbortController()
    await client.s.echo({ text: 'a' }, { signal })
    for await (const _ of client.s.list({ count: 3 }, { signal })) break
    await client.s.total([{ count: 1 }], { signal })
    await client.s.echo({ text: 1 } as never, { signal }).catch(() => {})
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('goes through the middleware of the client, the first outermost', async () => {
    const order: string[] = []
    const mark =
      (name: string): Middleware =>
      async (call, next) => {
        order.push(`${name} in`)
        const reply = await next(
          call.with({}, { metadata: createMetadata(call.metadata).append('by', name) }),
        )
        order.push(`${name} out`)
        return reply
      }
    const transport = fake(() => ({ text: 'a' }))
    await createClient<typeof app>(transport, { use: [mark('a'), mark('b')] }).s.echo({ text: 'a' })
    expect(order).toEqual(['a in', 'b in', 'b out', 'a out'])
    expect(transport.calls[0]!.metadata.get('by')).toBe('a, b')
  })

  it('made for a context takes over its deadline and its cancellation', async () => {
    const seen: (number | undefined)[] = []
    const inner = createClient(app)
    const outer = createApp({
      services: {
        o: defineService({
          run: rpc.unary(Empty, Empty, async (_, ctx) => {
            seen.push(ctx.deadline)
            return inner.s.hold({}, { parent: ctx })
          }),
        }),
      },
    })
    await using client = createClient(outer)
    await expect(client.o.run({}, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(seen[0]).toBeLessThanOrEqual(Date.now())
    await inner.close()
  })

  it('with a parent that is no context, or with bad metadata, fails like any call', async () => {
    const client = await typeOnly()
    await expect(client.s.echo({ text: 'a' }, { parent: {} })).rejects.toThrow('no call context')
    await expect(client.s.echo({ text: 'a' }, { metadata: { a: 'ä' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(client.s.list({ count: 1 }, { metadata: { a: 'ä' } }).next()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('fails with an RpcError whatever the transport threw', async () => {
    const client = createClient<typeof app>(
      fake(() => {
        throw new RpcError('NOT_FOUND', 'gone', { reason: 'GONE', details: { a: 1 } })
      }),
    )
    const error: unknown = await client.s.echo({ text: 'a' }).catch((one: unknown) => one)
    expect(isRpcError(error)).toBe(true)
    expect(isRpcError(error, 'GONE')).toBe(true)
    expect(isRpcError(error, 'OTHER')).toBe(false)
  })

  it('that nobody awaits leaves no unhandled rejection', async () => {
    const rejections: unknown[] = []
    const listener = (error: unknown): void => void rejections.push(error)
    process.on('unhandledRejection', listener)
    const client = createClient(
      { s: service },
      fake(() => Promise.reject(new RpcError('ABORTED', 'x'))),
    )
    const call = client.s.list({ count: 1 })
    await call.header.catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listener)
    expect(rejections).toEqual([])
  })
})
