import { Agent } from 'node:http'
import { serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ask,
  chunk,
  chunked,
  connectTo,
  dechunk,
  failureOf,
  head,
  makeApp,
  post,
  rawConnect,
  serveDemo,
} from './support.ts'

const ndjson = 'application/x-ndjson'

describe('a server that closes', () => {
  it('lets calls in flight finish, and asks their clients to close the connection', async () => {
    const { port, server, probe } = await serveDemo({}, { graceMs: 5_000 })
    const raw = await rawConnect(port)
    raw.send(post('/life/busy', {}))
    await probe.until('busy began')
    const closed = server.close()
    probe.open('busy')
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n([^]*\r\n)?connection: close\r\n[^]*\{\}$/i)
    await closed
  })

  it('does the same for failures and streams that begin while it closes', async () => {
    const { port, server, probe } = await serveDemo({}, { drainDelayMs: 1, graceMs: 5_000 })
    const [holder, reader] = [await rawConnect(port), await rawConnect(port)]
    holder.send(post('/life/busy', {}))
    reader.send(head('/life/read', chunked(ndjson)) + chunk('{"value":1}\n'))
    await probe.until('busy began')
    await probe.until('read item')
    const closed = server.close()
    reader.send(`${chunk('oops\n')}${chunk('')}`)
    expect(await reader.closed).toMatch(/^HTTP\/1\.1 400 /)
    probe.open('busy')
    await holder.closed
    await closed
  })

  it('lets what was answered reach a client that reads slowly', async () => {
    const { port, server, probe } = await serveDemo({ maxMessageBytes: 50_000_000 }, { graceMs: 5_000 })
    const raw = await rawConnect(port)
    raw.socket.pause()
    const text = 'x'.repeat(20_000_000)
    // More than socket buffers hold: when the handler has ended the answer is still on its way.
    raw.send(post('/values/open', { text }))
    const busy = await rawConnect(port)
    busy.send(post('/life/busy', {}))
    await probe.until('busy began')
    raw.socket.resume()
    await raw.until('HTTP/1.1 200 OK')
    raw.socket.pause()
    probe.open('busy')
    const closed = server.close()
    await busy.closed
    raw.socket.resume()
    expect((await raw.closed).endsWith(`${text}"}`)).toBe(true)
    await closed
  })

  it('lets a stream reach its last line', async () => {
    const { port, server, probe } = await serveDemo({}, { graceMs: 5_000 })
    const raw = await rawConnect(port)
    raw.send(
      head('/life/talk', { ...chunked(ndjson), accept: `${ndjson}; envelope=1` }) + chunk('{"value":1}\n'),
    )
    await raw.until('{"value":1}\n')
    const closed = server.close()
    raw.send(chunk('{"value":2}\n') + chunk(''))
    expect(dechunk(await raw.closed)).toEqual({
      body: '{"value":1}\n{"value":2}\n[{"type":"stream_end"}]\n',
      complete: true,
    })
    await closed
    expect(probe.count('talk ended')).toBe(1)
  })

  it('is not held up by idle connections, nor by one that never asked for anything', async () => {
    const { port, url, server } = await serveDemo()
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    await ask(`${url}/values/nothing`, { agent })
    const idle = await rawConnect(port)
    idle.send(post('/values/nothing', {}))
    await idle.until('{}')
    const silent = await rawConnect(port)
    const half = await rawConnect(port)
    half.send('POST /values/nothing HTTP/1.1\r\n')
    await connectTo({ url }).values.nothing()
    await server.close()
    await Promise.all([idle.closed, silent.closed, half.closed])
  })

  it('refuses new connections at once, while calls are still in flight', async () => {
    const { port, server, probe } = await serveDemo({}, { graceMs: 5_000 })
    const raw = await rawConnect(port)
    raw.send(post('/life/busy', {}))
    await probe.until('busy began')
    const closed = server.close()
    await expect(rawConnect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    probe.open('busy')
    await closed
    await expect(rawConnect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('answers 503 to what comes on a connection that is still busy', async () => {
    const { port, server, probe } = await serveDemo({}, { graceMs: 5_000 })
    const raw = await rawConnect(port)
    raw.send(post('/life/busy', {}))
    await probe.until('busy began')
    raw.send(head('/values/nothing', { 'content-type': 'application/json', 'content-length': 2 }))
    const closed = server.close()
    raw.send('{}')
    probe.open('busy')
    const received = await raw.closed
    expect(received).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(received).not.toMatch(/200 OK[^]*200 OK/)
    await closed
    expect(probe.count('nothing')).toBe(0)
  })

  it('aborts what is stuck after the grace period, and says so on the wire and in the log', async () => {
    const { port, server, probe, log } = await serveDemo({}, { graceMs: 30 })
    const [unary, told, plain] = [await rawConnect(port), await rawConnect(port), await rawConnect(port)]
    unary.send(post('/life/hold', {}))
    told.send(post('/life/stall', {}, { accept: `${ndjson}; envelope=1` }))
    plain.send(post('/life/stall', {}))
    await probe.until('hold began')
    await told.until('{"value":0}')
    await plain.until('{"value":0}')
    await server.close()
    expect(await unary.closed).toMatch(/^HTTP\/1\.1 503 [^]*"code":"UNAVAILABLE"/)
    expect(dechunk(await told.closed).body).toBe(
      '{"value":0}\n[{"type":"stream_end","error":"the server is shutting down","code":"UNAVAILABLE","status_code":14,"retryable":true}]\n',
    )
    expect(dechunk(await plain.closed)).toEqual({ body: '{"value":0}\n', complete: false })
    expect(probe.count('stall ended')).toBe(2)
    expect(log.lines).toMatchObject([{ level: 'warn', details: { calls: 3 } }])
  })

  it('does not wait for a client that takes nothing of an endless stream', async () => {
    const { port, server, probe } = await serveDemo({}, { graceMs: 30 })
    const raw = await rawConnect(port)
    raw.socket.pause()
    raw.send(post('/life/endless', {}))
    await probe.until('endless began')
    await server.close()
    expect(probe.count('endless ended')).toBe(1)
  })

  it('may be closed twice, and leaves its port to the next', async () => {
    const { port, server } = await serveDemo()
    await Promise.all([server.close(), server.close()])
    await server.close()
    await server.closed
    const next = await serve(makeApp().app, http({ port }), { signals: false })
    await next.close()
  })
})

it('a port that is taken is an error that says so, and nothing stays open', async () => {
  const { port } = await serveDemo()
  const { app } = makeApp()
  const error = await failureOf(serve(app, [http({ port: 0 }), http({ port })], { signals: false }))
  expect(error).toMatchObject({ code: 'EADDRINUSE' })
})
