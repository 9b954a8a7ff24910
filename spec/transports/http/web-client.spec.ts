import { createClient, isRpcError, type ClientOptions } from 'microapi-ts'
import type { HttpOptions } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ConformanceClient } from '../../../lib/testing/contract.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'
// What a browser gets in place of the same name: `fetch` is all that it needs.
import { http } from '../../../lib/transports/http/web.ts'
import { chunk, collect, failureOf, fakeServer, freePort, makeApp, serveDemo } from './support.ts'

function webClient(options: HttpOptions, settings?: ClientOptions): ConformanceClient {
  const client = createClient(conformanceContract, http(options), settings)
  onTestFinished(() => client.close())
  return client
}

describe('a client by fetch', () => {
  it('calls one message for one', async () => {
    const { url } = await serveDemo({ prefix: '/api' })
    const client = webClient({ url })
    expect(await client.values.text({ text: 'Zoë' })).toEqual({ text: 'Zoë' })
    expect(await client.values.nothing()).toEqual({})
  })

  it('made from a type alone', async () => {
    const { port } = await serveDemo()
    const client = createClient<typeof conformanceContract>(http({ port }))
    onTestFinished(() => client.close())
    expect(await client.values.text({ text: 'a' })).toEqual({ text: 'a' })
    expect(await collect(client.streams.count({ to: 2 }))).toEqual([{ value: 0 }, { value: 1 }])
    expect(await client.streams.sum([{ value: 1 }])).toEqual({ count: 1, total: 1 })
  })

  it('reads a stream as it comes', async () => {
    const { url, probe } = await serveDemo()
    const stream = webClient({ url }).life.stall()
    expect((await stream.next()).value).toEqual({ value: 0 })
    expect(probe.count('stall ended')).toBe(0)
    await stream.return()
    await probe.until('stall ended')
  })

  it('reads a long one whole', async () => {
    const { url } = await serveDemo()
    let count = 0
    for await (const { value } of webClient({ url }).streams.count({ to: 20_000 }))
      expect(value).toBe(count++)
    expect(count).toBe(20_000)
  })

  it('a reader that stops holds up the server, and gets all of it later', async () => {
    const { url, probe } = await serveDemo()
    const stream = webClient({ url }).streams.flood({ items: 20_000, bytes: 1_000 })
    await stream.next()
    // Another stream of the same size runs through while this one is held.
    expect(await collect(webClient({ url }).streams.flood({ items: 20_000, bytes: 1_000 }))).toHaveLength(
      20_000,
    )
    expect(probe.count('produced')).toBeLessThan(40_000)
    expect(await collect(stream)).toHaveLength(19_999)
  })

  it('sends a stream whole, once it has ended', async () => {
    const bodies: string[] = []
    const url = await fakeServer((socket, request) => {
      bodies.push(request.slice(request.indexOf('\r\n\r\n') + 4))
      socket.end(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{"count":2,"total":3}',
      )
    })
    const client = webClient({ url })
    expect(await client.streams.sum([{ value: 1 }, { value: 2 }])).toEqual({ count: 2, total: 3 })
    const call = client.streams.sum()
    await call.send({ value: 1 })
    expect(bodies).toHaveLength(1)
    await call.send({ value: 2 })
    await call.end()
    expect(await call).toEqual({ count: 2, total: 3 })
    expect(bodies).toEqual(['[{"value":1},\n{"value":2}]', '[{"value":1},\n{"value":2}]'])
  })

  it('gets the answers of a two-way stream once it has sent everything', async () => {
    const { url } = await serveDemo()
    expect(await collect(webClient({ url }).life.talk([{ value: 1 }, { value: 2 }]))).toEqual([
      { value: 1 },
      { value: 2 },
    ])
  })

  it('refuses to collect more than its limit, and names it', async () => {
    const { url, probe } = await serveDemo()
    let given = 0
    const endless = function* () {
      for (;;) yield { value: given++ }
    }
    const error = await failureOf(webClient({ url, maxUploadBytes: 1_000 }).streams.sum(endless()))
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('maxUploadBytes') as unknown,
    })
    expect(given).toBeLessThan(1_000)
    expect(probe.events).toEqual([])
  })

  it('carries metadata and errors as the other one does', async () => {
    const { url } = await serveDemo()
    const client = webClient({ url })
    const call = client.metadata.mirror(undefined, { metadata: { Who: 'ann' } })
    expect(await call).toEqual({ seen: { who: 'ann' } })
    expect((await call.header).get('from-header')).toBe('a, b')
    expect((await call.trailer).get('from-trailer')).toBe('c, d')
    const error = await failureOf(client.failures.declared({ left: 3 }))
    if (!isRpcError(error, 'OUT_OF_STOCK', client.failures.declared)) throw error
    expect(error.details.left).toBe(3)
    expect(await failureOf(collect(client.failures.after({ items: 2, how: 'declared' })))).toMatchObject({
      reason: 'OUT_OF_STOCK',
    })
  })

  it('cancels by its signal, by its deadline, and when it is closed', async () => {
    const { url, probe } = await serveDemo()
    const client = webClient({ url })
    const abort = new AbortController()
    const call = failureOf(client.life.hold(undefined, { signal: abort.signal }))
    await probe.until('hold began')
    abort.abort()
    expect(await call).toMatchObject({ code: 'CANCELLED' })
    await probe.until('hold ended')
    expect(await failureOf(client.life.hold(undefined, { timeoutMs: 30 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    })
    await probe.until('hold ended', 2)
    const last = failureOf(client.life.hold())
    await probe.until('hold began', 3)
    await client.close()
    expect(await last).toMatchObject({ code: 'CANCELLED' })
    await probe.until('hold ended', 3)
  })

  it('finds nobody: UNAVAILABLE', async () => {
    const port = await freePort()
    expect(await failureOf(webClient({ port }, { retry: false }).values.nothing())).toMatchObject({
      code: 'UNAVAILABLE',
    })
  })

  it.each([
    ['plain lines', 'application/x-ndjson', chunk('{"value":1}\n')],
    ['envelopes', 'application/x-ndjson; envelope=1', chunk('{"value":1}\n') + chunk('')],
  ])('%s that break off are UNAVAILABLE, behind the messages before', async (_, type, body) => {
    const url = await fakeServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`)
      socket.end(body)
    })
    const stream = webClient({ url }).streams.count({ to: 2 })
    expect((await stream.next()).value).toEqual({ value: 1 })
    expect(await failureOf(collect(stream))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('serves nothing, and says what does', async () => {
    const { app } = makeApp()
    const { invoke, close } = await app.open()
    await expect(http({ port: 0 }).serve(invoke)).rejects.toThrow('fetchHandler(app)')
    await close()
  })
})
