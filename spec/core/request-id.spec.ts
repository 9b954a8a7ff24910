import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, serve, type Transport } from 'microapi-ts'
import { createMemoryBroker } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCall } from '../../lib/core/create-call.ts'
import { createMetadata } from '../../lib/core/metadata.ts'
import { passRequestId, requestIdOf } from '../../lib/core/request-id.ts'
import { freePort } from '../transports/http/support.ts'

const made = /^[0-9a-f]{32}$/
const peer = { transport: 'test' }
const key = 'x-request-id'
const call = (more: { kind?: 'unary' | 'event'; id?: string; request?: string }) => {
  const { request, ...init } = more
  const metadata = request === undefined ? undefined : createMetadata({ [key]: request })
  return createCall({ service: 's', method: 'm', input: {}, peer, metadata, ...init })
}

describe('the id of a call', () => {
  it.each([
    'a',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '1-67891233-abcdef',
    'Root=1;{"x"}',
    'x'.repeat(128),
  ])('is the x-request-id of its caller: %s', (request) => {
    expect(call({ request }).id).toBe(request)
    expect(call({ request, id: 'of the transport' }).id).toBe(request)
  })

  it.each(['', ' ', 'two words', 'one, two', 'x'.repeat(129)])(
    'is no text that is unfit for one: %j',
    (request) => {
      expect(call({ request }).id).toMatch(made)
      expect(call({ request, id: 'transport-1' }).id).toBe('transport-1')
    },
  )

  it.each(['', 'a\nb', '\u001b[31m', 'ü', 'x'.repeat(129)])('nor such a one of a transport: %j', (id) => {
    expect(call({ id }).id).toMatch(made)
  })

  it('is made once, when it is first read', () => {
    const one = call({})
    expect(one.id).toMatch(made)
    expect(one.id).toBe(one.id)
    expect(one.with({ more: 1 }, { input: 1 }).id).toBe(one.id)
    expect(one.context.id).toBe(one.id)
    expect(call({}).id).not.toBe(one.id)
  })

  it('is its own where it is an event: one request may bring about many', () => {
    const one = call({ kind: 'event', id: 'event 1', request: 'r1' })
    expect(one.id).toBe('event 1')
    expect(requestIdOf(one)).toBe('r1')
    expect(call({ kind: 'event', request: 'r1' }).id).toMatch(made)
    expect(call({ kind: 'event', id: '' }).id).toMatch(made)
    expect(requestIdOf(call({ kind: 'event', id: 'e' }))).toBe('e')
  })

  it('is passed on, unless another one is named', () => {
    const passed = (parent: ReturnType<typeof call>, init = {}): string | undefined => {
      const metadata = createMetadata(init)
      passRequestId(parent, metadata)
      return metadata.get(key)
    }
    expect(passed(call({ request: 'r1' }))).toBe('r1')
    expect(passed(call({ request: 'r1' }), { [key]: 'r2' })).toBe('r2')
    expect(passed(call({ kind: 'event', id: 'e', request: 'r1' }))).toBe('r1')
    // What no metadata can hold is none to be passed on.
    expect(passed(call({ kind: 'event', id: 'a\nb' }))).toBeUndefined()
    const nameless = call({})
    expect(passed(nameless)).toBe(nameless.id)
  })
})

const Id = Type.Object({ id: Type.String() })
const heard: { id: string; request: string | undefined }[] = []
const ids = defineService({
  unary: rpc.unary(Empty, Id, (_, { id }) => ({ id })),
  serverStream: rpc.serverStream(Empty, Id, function* (_, { id }) {
    yield { id }
  }),
  clientStream: rpc.clientStream(Empty, Id, async (items, { id }) => {
    for await (const _ of items) void _
    return { id }
  }),
  happened: rpc.event(Empty, (_, { id, metadata }) => void heard.push({ id, request: metadata.get(key) })),
})
const app = createApp({ services: { ids } })

describe.each<[scheme: string, open: () => Promise<Transport | string>]>([
  ['http', () => serving('http')],
  ['grpc', () => serving('grpc')],
  ['ws', () => serving('ws')],
  [
    'a broker',
    async () => {
      const broker = createMemoryBroker()
      const server = await serve(app, broker.transport(), { signals: false })
      onTestFinished(() => server.close())
      return broker.transport()
    },
  ],
])('the id over %s', { timeout: 60_000 }, (_scheme, open) => {
  it('is what the caller says, for every kind of call', async () => {
    await using client = createClient({ ids }, await open())
    for (const request of ['request-1', 'request-2']) {
      const options = { metadata: { [key]: request } }
      expect(await client.ids.unary(undefined, options)).toEqual({ id: request })
      expect(await client.ids.clientStream([{}], options)).toEqual({ id: request })
      for await (const { id } of client.ids.serverStream(undefined, options)) expect(id).toBe(request)
    }
    const { id } = await client.ids.unary()
    expect(id).toMatch(made)
  })

  it('is beside that of an event', async () => {
    await using client = createClient({ ids }, await open())
    heard.length = 0
    for (let i = 0; i < 2; i++)
      await client.ids.happened.publish(undefined, { metadata: { [key]: 'request-1' } })
    await expect.poll(() => heard.length, { timeout: 50_000 }).toBe(2)
    expect(heard.map(({ request }) => request)).toEqual(['request-1', 'request-1'])
    expect(heard[0]!.id).not.toBe(heard[1]!.id)
  })
})

it('curl says it by the name that the web knows', async () => {
  const url = await serving('http')
  const answer = await fetch(`${url}/ids/unary`, {
    method: 'POST',
    headers: { 'X-Request-Id': 'from-a-proxy' },
  })
  expect(await answer.json()).toEqual({ id: 'from-a-proxy' })
})

async function serving(scheme: string): Promise<string> {
  const server = await serve(app, `${scheme}://127.0.0.1:${await freePort()}`, { signals: false })
  onTestFinished(() => server.close())
  return server.urls[0]!
}

it('is passed on to calls that are made for its sake', async () => {
  await using backend = createClient(app)
  const outer = defineService({
    ask: rpc.unary(Empty, Id, (_, ctx) => backend.ids.unary(undefined, { parent: ctx })),
    askAnother: rpc.unary(Empty, Id, (_, ctx) =>
      backend.ids.unary(undefined, { parent: ctx, metadata: { [key]: 'another' } }),
    ),
    own: rpc.unary(Empty, Type.Object({ own: Type.String(), theirs: Type.String() }), async (_, ctx) => {
      const { id } = await backend.ids.unary(undefined, { parent: ctx })
      return { own: ctx.id, theirs: id }
    }),
  })
  await using client = createClient(createApp({ services: { outer } }))
  const options = { metadata: { [key]: 'request-1' } }
  expect(await client.outer.ask(undefined, options)).toEqual({ id: 'request-1' })
  expect(await client.outer.askAnother(undefined, options)).toEqual({ id: 'another' })
  const { own, theirs } = await client.outer.own()
  expect(own).toMatch(made)
  expect(theirs).toBe(own)
})
