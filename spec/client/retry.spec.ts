import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  Empty,
  rpc,
  RpcError,
  serve,
  type Call,
  type RetryPolicy,
  type Transport,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { describe, expect, it } from 'vitest'
import { createMetadata } from '../../lib/core/metadata.ts'
import { markNeverRan } from '../../lib/core/never-ran.ts'

const contract = {
  s: defineService({
    safe: rpc.unary(Empty, Empty, { idempotent: true }),
    once: rpc.unary(Empty, Empty),
    upload: rpc.clientStream(Type.Object({}), Empty, { idempotent: true }),
  }),
}

const quick: Partial<RetryPolicy> = { initialBackoffMs: 1, maxBackoffMs: 1 }

/** Fails so many times, then answers. */
function failing(
  times: number,
  make: () => Error = () => new RpcError('UNAVAILABLE', 'down'),
): Transport & { readonly calls: Call[] } {
  const calls: Call[] = []
  return {
    calls,
    schemes: [],
    serve: () => expect.unreachable(),
    connect: async () => ({
      close: async () => {},
      async invoke(call) {
        calls.push(call)
        if (calls.length <= times) throw make()
        return { output: {}, header: createMetadata(), trailer: createMetadata() }
      },
    }),
  }
}

describe('retries', () => {
  it('repeat an idempotent method that was unavailable, four attempts in all', async () => {
    const [three, four] = [failing(3), failing(4)]
    expect(await createClient(contract, three, { retry: quick }).s.safe()).toEqual({})
    expect(three.calls).toHaveLength(4)
    await expect(createClient(contract, four, { retry: quick }).s.safe()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    expect(four.calls).toHaveLength(4)
  })

  it('repeat what certainly never ran, idempotent or not', async () => {
    const transport = failing(1, () => markNeverRan(new RpcError('UNAVAILABLE', 'refused')))
    await createClient(contract, transport, { retry: quick }).s.once()
    expect(transport.calls).toHaveLength(2)
  })

  it('leave alone what may have run, what will not pass, what streams in, and everything when they are off', async () => {
    const may = failing(1)
    await expect(createClient(contract, may, { retry: quick }).s.once()).rejects.toThrow('down')
    const bad = failing(1, () => new RpcError('NOT_FOUND', 'no'))
    await expect(createClient(contract, bad, { retry: quick }).s.safe()).rejects.toThrow('no')
    const upload = failing(1)
    await expect(createClient(contract, upload, { retry: quick }).s.upload([{}])).rejects.toThrow('down')
    const off = failing(1)
    await expect(createClient(contract, off, { retry: false }).s.safe()).rejects.toThrow('down')
    for (const { calls } of [may, bad, upload, off]) expect(calls).toHaveLength(1)
  })

  it('follow what the error says of itself, and what the call says', async () => {
    const told = failing(1, () => new RpcError('RESOURCE_EXHAUSTED', 'busy', { retryable: true }))
    await createClient(contract, told, { retry: quick }).s.safe()
    expect(told.calls).toHaveLength(2)
    const asked = failing(1)
    await createClient<typeof contract>(asked, { retry: quick }).s.once({}, { idempotent: true })
    expect(asked.calls).toHaveLength(2)
    const forbidden = failing(1)
    await expect(
      createClient(contract, forbidden, { retry: quick }).s.safe({}, { idempotent: false }),
    ).rejects.toThrow('down')
  })

  it('stop when the bucket is half empty, and successes fill it again', async () => {
    let up = false
    const transport = failing(Number.POSITIVE_INFINITY)
    const calls: Call[] = []
    const flaky: Transport = {
      ...transport,
      connect: async () => ({
        close: async () => {},
        async invoke(call) {
          calls.push(call)
          if (!up) throw new RpcError('UNAVAILABLE', 'down')
          return { output: {}, header: createMetadata(), trailer: createMetadata() }
        },
      }),
    }
    const client = createClient(contract, flaky, { retry: { ...quick, tokenRatio: 1 } })
    const attempts = async (): Promise<number> => {
      calls.length = 0
      await client.s.safe().catch(() => {})
      return calls.length
    }
    expect(await attempts()).toBe(4)
    await attempts()
    expect(await attempts()).toBe(1)
    up = true
    for (let i = 0; i < 10; i++) await attempts()
    up = false
    expect(await attempts()).toBe(4)
  })

  it('end with the call: no attempt follows a cancellation', async () => {
    const transport = failing(10)
    const abort = new AbortController()
    const call = createClient(contract, transport, {
      retry: { initialBackoffMs: 60_000, maxBackoffMs: 60_000 },
    }).s.safe({}, { signal: abort.signal })
    void call.catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(transport.calls).toHaveLength(1)
  })

  it('do not take over from a nested call that it never ran: the one around it has', async () => {
    let runs = 0
    const app = createApp({
      services: {
        s: rpc.implement(contract.s, {
          safe: () => ({}),
          upload: () => ({}),
          once: () => {
            runs++
            throw markNeverRan(new RpcError('UNAVAILABLE', 'the next server was not there'))
          },
        }),
      },
    })
    const link = memory()
    const server = await serve(app, link, { signals: false })
    const client = createClient(contract, link, { retry: quick })
    await expect(client.s.once()).rejects.toThrow('the next server was not there')
    expect(runs).toBe(1)
    await client.close()
    await server.close()
  })
})
