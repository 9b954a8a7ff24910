import { once } from 'node:events'
import { createClient, isRpcError } from 'microapi-ts'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { WebSocketServer } from 'ws'
import { rawClient, serveDemo } from './support.ts'

const call = (id: string, service: string, method: string) => ({
  type: 'request',
  id,
  service,
  method,
  payload: {},
})

describe('draining', () => {
  it('says goodbye (1001) to who waits for nothing at once, to others when their last call has ended', async () => {
    const { server, url, probe } = await serveDemo({}, { graceMs: 5_000 })
    const [idle, busy] = [await rawClient(url, ['microapi.v1']), await rawClient(url, ['microapi.v1'])]
    busy.send(call('1', 'life', 'busy'))
    await probe.until('busy began')
    const closing = server.close()
    expect(await idle.closed).toEqual({ code: 1001, reason: 'drained' })
    expect(busy.socket.readyState).toBe(busy.socket.OPEN)
    busy.send(call('2', 'values', 'nothing'))
    expect(await busy.read()).toMatchObject({ id: '2', code: 'UNAVAILABLE' })
    probe.open('busy')
    expect(await busy.read()).toMatchObject({ id: '1', payload: {} })
    expect(await busy.closed).toEqual({ code: 1001, reason: 'drained' })
    await closing
  })

  it('past the grace period fails what still runs, and closes', async () => {
    const { server, url, probe } = await serveDemo({}, { graceMs: 20 })
    const client = await rawClient(url, ['microapi.v1'])
    client.send(call('1', 'life', 'hold'))
    await probe.until('hold began')
    await server.close()
    expect(await client.read()).toMatchObject({ id: '1', code: 'UNAVAILABLE' })
    expect((await client.closed).code).toBe(1001)
    expect(probe.count('hold ended')).toBe(1)
  })

  it('ends connections whose client does not answer the goodbye', async () => {
    const { server, url } = await serveDemo()
    const client = await rawClient(url)
    client.socket.pause()
    await server.close()
    client.socket.resume()
    await client.closed
  })

  it('a client of ours goes on with the next server on that port, and loses no call', async () => {
    const first = await serveDemo()
    const client = createClient(conformanceContract, ws({ port: first.port, reconnectMs: 5 }))
    onTestFinished(() => client.close())
    expect(await client.values.text({ text: 'a' })).toEqual({ text: 'a' })
    await first.server.close()
    await serveDemo({ port: first.port })
    expect(await client.values.text({ text: 'b' })).toEqual({ text: 'b' })
  })
})

describe('peers that are gone', () => {
  it('a client that answers no ping is ended, and its calls are cancelled', async () => {
    const { url, probe } = await serveDemo({ pingIntervalMs: 30 })
    const client = await rawClient(url, ['microapi.v1'], { autoPong: false })
    client.send(call('1', 'life', 'hold'))
    await probe.until('hold began')
    await probe.until('hold ended')
    expect((await client.closed).code).toBe(1006)
  })

  it('a client that answers pings stays, however silent it is', async () => {
    const { url } = await serveDemo({ pingIntervalMs: 20 })
    const client = await rawClient(url, ['microapi.v1'])
    for (let pings = 0; pings < 8; pings++) await once(client.socket, 'ping')
    client.send(call('1', 'values', 'nothing'))
    expect(await client.read()).toMatchObject({ id: '1' })
  })

  it('a lost client cancels what it asked for', async () => {
    const { url, probe } = await serveDemo()
    const client = await rawClient(url)
    client.send(call('1', 'life', 'hold'))
    client.send(call('2', 'life', 'endless'))
    await probe.until('hold began')
    await probe.until('endless began')
    client.socket.terminate()
    await probe.until('hold ended')
    await probe.until('endless ended')
  })

  it('calls whose server is lost fail UNAVAILABLE; those that may be repeated are', async () => {
    let asked = 0
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'microapi.v1' })
    onTestFinished(() => server.close())
    await once(server, 'listening')
    server.on('connection', (socket) =>
      socket.on('message', (data) => {
        if (++asked < 3) return socket.terminate()
        const { id } = JSON.parse((data as Buffer).toString()) as { id: string }
        socket.send(JSON.stringify({ type: 'response', id, payload: { text: 'back' } }))
      }),
    )
    const { port } = server.address() as { port: number }
    const client = createClient(conformanceContract, ws({ port, reconnectMs: 5 }), {
      retry: { initialBackoffMs: 1 },
    })
    onTestFinished(() => client.close())
    const lost = await client.values.text({ text: 'a' }).catch((error: unknown) => error)
    expect(isRpcError(lost) && [lost.code, lost.message]).toEqual([
      'UNAVAILABLE',
      'the connection was closed with code 1006',
    ])
    expect(await client.values.text({ text: 'a' }, { idempotent: true })).toEqual({ text: 'back' })
    expect(asked).toBe(3)
  })
})

describe('readers that stop', () => {
  it('hold their producer: no more than the window is ahead', async () => {
    const { url, probe } = await serveDemo()
    const client = await rawClient(url, ['microapi.v1'])
    client.send(call('1', 'life', 'endless'))
    let items = 0
    client.socket.on('message', (data) => {
      if ((data as Buffer).toString().includes('stream_push')) items++
    })
    await probe.until('endless began')
    // Another call is answered behind everything that was sent before.
    client.send(call('2', 'values', 'nothing'))
    for (;;) if ((await client.read())['id'] === '2') break
    client.send(call('3', 'values', 'nothing'))
    for (;;) if ((await client.read())['id'] === '3') break
    expect(items).toBe(1_024)
    client.send({ type: 'credit', id: '1', payload: { items: 24, bytes: 0 } })
    for (let read = 0; read < 24; read++) await client.read()
    client.send(call('4', 'values', 'nothing'))
    for (;;) if ((await client.read())['id'] === '4') break
    expect(items).toBe(1_048)
    client.send({ type: 'cancel', id: '1' })
    await probe.until('endless ended')
  })
})
