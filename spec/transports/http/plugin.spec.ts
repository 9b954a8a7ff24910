import { Type } from '@sinclair/typebox'
import { fastify as createFastify, type FastifyInstance } from 'fastify'
import { createApp, createClient, defineService, rpc } from 'microapi-ts'
import { fetchHandler, microapi, type HttpOptions } from 'microapi-ts/http'
import { recordingLog } from 'microapi-ts/testing'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import {
  ask,
  askJson,
  chunk,
  chunked,
  collect,
  connectTo,
  dechunk,
  failureOf,
  head,
  makeApp,
  post,
  rawConnect,
} from './support.ts'

const ndjson = 'application/x-ndjson'

/** A fastify of the user's own, with the app under /api. */
async function parentOf(prepare: (parent: FastifyInstance) => void = () => {}, options: HttpOptions = {}) {
  const { app, probe, log } = makeApp()
  const parent = createFastify()
  onTestFinished(() => parent.close())
  prepare(parent)
  await parent.register(microapi(app, options), { prefix: '/api' })
  const origin = await parent.listen({ port: 0, host: '127.0.0.1' })
  return { parent, probe, log, origin, url: `${origin}/api`, port: Number(new URL(origin).port) }
}

describe('an app in a fastify server that exists already', () => {
  it('answers all four patterns under its prefix', async () => {
    const { url } = await parentOf()
    const client = connectTo({ url })
    expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    expect(await collect(client.streams.count({ to: 2 }))).toEqual([{ value: 0 }, { value: 1 }])
    expect(await client.streams.sum([{ value: 1 }, { value: 2 }])).toEqual({ count: 2, total: 3 })
    const talk = client.life.talk()
    await talk.send({ value: 1 })
    expect((await talk.next()).value).toEqual({ value: 1 })
    await talk.end()
    expect((await talk.next()).done).toBe(true)
  })

  it('takes WebSocket on the port of the server, and ends both together', async () => {
    const { parent, url, probe } = await parentOf(() => {}, { upgrade: ws({ path: '/api' }) })
    const client = createClient(conformanceContract, url.replace('http', 'ws'), { retry: false })
    onTestFinished(() => client.close())
    expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    expect(await connectTo({ url }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    const busy = client.life.busy({})
    const result = Promise.resolve(busy)
    await probe.until('busy began')
    const closed = parent.close()
    probe.open('busy')
    expect(await result).toEqual({})
    await closed
    expect(await failureOf(client.values.nothing({}))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('leaves its own errors in the shape of all failures, and the parent its own', async () => {
    const { url, origin } = await parentOf((parent) => {
      parent.setErrorHandler((_error, _request, response) => response.code(418).send('the parent'))
      parent.setNotFoundHandler((_request, response) => response.code(404).send('nothing here'))
      parent.get('/fails', () => {
        throw new Error('oops')
      })
    })
    expect(JSON.parse((await askJson(`${url}/values/text`, 'x')).text)).toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(JSON.parse((await askJson(`${url}/values/nope`, {})).text)).toMatchObject({
      code: 'UNIMPLEMENTED',
    })
    expect(JSON.parse((await askJson(`${url}/nope`, {})).text)).toMatchObject({ code: 'UNIMPLEMENTED' })
    expect(await ask(`${origin}/fails`, { method: 'GET' })).toMatchObject({ status: 418, text: 'the parent' })
    expect(await ask(`${origin}/nope`, { method: 'GET' })).toMatchObject({
      status: 404,
      text: 'nothing here',
    })
  })

  it("leaves the parent's own parsing alone", async () => {
    const { origin, url } = await parentOf((parent) => {
      parent.post('/own', (request) => ({ got: request.body }))
      parent.addContentTypeParser('text/x-own', { parseAs: 'string' }, (_request, body, done) =>
        done(null, { own: body }),
      )
    })
    expect((await askJson(`${origin}/own`, { a: 1 })).text).toBe('{"got":{"a":1}}')
    expect((await askJson(`${origin}/own`, 'x')).status).toBe(400)
    const own = { headers: { 'content-type': 'text/x-own' }, body: 'hi' }
    expect((await ask(`${origin}/own`, own)).text).toBe('{"got":{"own":"hi"}}')
    expect((await ask(`${url}/values/text`, own)).status).toBe(415)
  })

  it("does not know the parent's body limit: its own hold", async () => {
    const { url } = await parentOf(() => {}, { maxMessageBytes: 3_000_000 })
    const text = 'x'.repeat(2_000_000)
    expect((await askJson(`${url}/values/open`, { text })).status).toBe(200)
    expect((await askJson(`${url}/values/open`, { text: text + text })).status).toBe(413)
  })

  it("keeps what the parent's hooks set, on messages, failures and streams", async () => {
    const { url } = await parentOf((parent) => {
      // As a CORS plugin does it.
      parent.addHook('onRequest', async (_request, response) => {
        response.header('access-control-allow-origin', 'https://example.org').header('vary', 'origin')
      })
    })
    for (const [path, input] of [
      ['/values/text', { text: 'a' }],
      ['/values/text', { text: 5 }],
      ['/values/nope', {}],
      ['/streams/count', { to: 1 }],
      ['/life/talk', []],
    ] as const) {
      const { headers } = await askJson(url + path, input)
      expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://example.org', vary: 'origin' })
    }
  })

  it("lets the parent's hooks refuse a call", async () => {
    const { url, probe } = await parentOf((parent) => {
      parent.addHook('onRequest', async (request, response) => {
        if (request.headers['x-key'] !== 'open') await response.code(401).send({ error: 'who are you?' })
      })
    })
    expect(await askJson(`${url}/metadata/failing`, {})).toMatchObject({
      status: 401,
      text: '{"error":"who are you?"}',
    })
    expect(probe.count('saw')).toBe(0)
    expect(await askJson(`${url}/values/nothing`, {}, { 'x-key': 'open' })).toMatchObject({ status: 200 })
  })

  it("tells the parent's onResponse hooks of every answer, streams too", async () => {
    const seen: string[] = []
    const { url } = await parentOf((parent) => {
      parent.addHook('onResponse', async (request, response) => {
        seen.push(`${request.url} ${response.statusCode}`)
      })
    })
    await askJson(`${url}/values/nothing`, {})
    await askJson(`${url}/streams/count`, { to: 1 })
    await askJson(`${url}/values/nope`, {})
    await expect
      .poll(() => seen)
      .toEqual(['/api/values/nothing 200', '/api/streams/count 200', '/api/values/nope 404'])
  })

  it('is called by inject, without a socket', async () => {
    const { parent } = await parentOf()
    const reply = await parent.inject({ method: 'POST', url: '/api/values/text', payload: { text: 'hi' } })
    expect([reply.statusCode, reply.json()]).toEqual([200, { text: 'hi' }])
  })
})

describe("the parent's close()", () => {
  it('lets calls and streams in flight finish', async () => {
    const { parent, port, probe } = await parentOf()
    const [busy, talk] = [await rawConnect(port), await rawConnect(port)]
    busy.send(post('/api/life/busy', {}))
    talk.send(
      head('/api/life/talk', { ...chunked(ndjson), accept: `${ndjson}; envelope=1` }) +
        chunk('{"value":1}\n'),
    )
    await probe.until('busy began')
    await talk.until('{"value":1}')
    const closed = parent.close()
    talk.send(chunk('{"value":2}\n') + chunk(''))
    expect(dechunk(await talk.until('\r\n0\r\n\r\n')).body).toBe(
      '{"value":1}\n{"value":2}\n[{"type":"stream_end"}]\n',
    )
    probe.open('busy')
    expect(await busy.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n([^]*\r\n)?connection: close\r\n[^]*\{\}$/i)
    await closed
  })

  it('aborts what still runs when graceMs is over, and so does that of a fetch handler', async () => {
    const Empty = Type.Object({})
    let begun = 0
    const hang = rpc.unary(Empty, Empty, (_, { signal }) => {
      begun++
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const hanging = createApp({ services: { s: defineService({ hang }) }, log: recordingLog() })
    const parent = createFastify()
    await parent.register(microapi(hanging, { graceMs: 50 }))
    const handler = fetchHandler(hanging, { graceMs: 50 })
    const url = await parent.listen({ host: '127.0.0.1', port: 0 })
    const request = new Request(`${url}/s/hang`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    const answers = [fetch(request.clone()), handler(request)]
    await vi.waitUntil(() => begun === 2, { timeout: 60_000 })
    // By default it would go on for ten seconds, longer than a test may take.
    await Promise.all([parent.close(), handler.close()])
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE' })
    }
  })

  it('stops the app', async () => {
    const { app } = makeApp()
    const parent = createFastify()
    await parent.register(microapi(app))
    await parent.ready()
    expect((await parent.inject({ method: 'POST', url: '/values/nothing' })).statusCode).toBe(200)
    await parent.close()
    // Nobody holds it any more: it starts anew for the next.
    const again = createFastify()
    await again.register(microapi(app))
    expect((await again.inject({ method: 'POST', url: '/values/nothing' })).statusCode).toBe(200)
    await again.close()
  })
})

it('two apps stand side by side under prefixes of their own', async () => {
  const parent = createFastify()
  onTestFinished(() => parent.close())
  await parent.register(microapi(makeApp().app), { prefix: '/a' })
  await parent.register(microapi(makeApp().app, { maxDepth: 1 }), { prefix: '/b' })
  const at = async (prefix: string): Promise<number> =>
    (await parent.inject({ method: 'POST', url: `${prefix}/values/open`, payload: { text: 'x', y: [] } }))
      .statusCode
  expect([await at('/a'), await at('/b'), await at('/c')]).toEqual([200, 400, 404])
})
