import { createServer } from 'node:http'
import { once } from 'node:events'
import { createClient, isRpcError, RpcError, serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { demoApp, rawClient, refusalOf, serveDemo } from './support.ts'

const request = { type: 'request', id: '1', service: 'values', method: 'text', payload: { text: 'hi' } }

describe('the handshake', () => {
  it('agrees on microapi.v1 with who offers it, and on nothing with others', async () => {
    const { url } = await serveDemo()
    expect((await rawClient(url, ['other', 'microapi.v1'])).socket.protocol).toBe('microapi.v1')
    expect((await rawClient(url)).socket.protocol).toBe('')
  })

  it('takes any path unless one is set', async () => {
    const { url } = await serveDemo()
    const client = await rawClient(`${url}/any/where?x=1`)
    client.send(request)
    expect((await client.read())['payload']).toEqual({ text: 'hi' })
    const { url: strict } = await serveDemo({ path: '/rpc' })
    expect(strict).toMatch(/\/rpc$/)
    await rawClient(strict)
    expect(await refusalOf(strict.replace('/rpc', '/other'))).toEqual({
      status: 404,
      error: 'the path is /rpc',
    })
  })

  it('takes pages of its own host, and who says no origin', async () => {
    const { url, port } = await serveDemo()
    await rawClient(url, [], { origin: `http://127.0.0.1:${port}` })
    for (const origin of ['http://evil.example', `http://127.0.0.1:${port + 1}`, 'null', 'no url']) {
      expect(await refusalOf(url, { origin })).toEqual({
        status: 403,
        error: `origin ${origin} may not connect (origins)`,
      })
    }
  })

  it('takes pages of the origins that are listed, or of all', async () => {
    const { url } = await serveDemo({ origins: ['https://app.example'] })
    await rawClient(url, [], { origin: 'https://app.example' })
    expect((await refusalOf(url, { origin: 'https://other.example' })).status).toBe(403)
    const { url: open } = await serveDemo({ origins: '*' })
    await rawClient(open, [], { origin: 'https://any.example' })
  })

  it('asks the hook, whose error says why not', async () => {
    const { url } = await serveDemo({
      authenticate({ headers, url: asked }) {
        if (asked === '/broken') throw new Error('the password is hunter2')
        if (asked === '/forbidden') throw new RpcError('PERMISSION_DENIED', 'not you')
        if (headers.authorization !== 'Bearer good') throw new RpcError('UNAUTHENTICATED', 'no good token')
      },
    })
    expect(await refusalOf(url)).toEqual({ status: 401, error: 'no good token' })
    expect(await refusalOf(`${url}/forbidden`)).toEqual({ status: 403, error: 'not you' })
    expect(await refusalOf(`${url}/broken`)).toEqual({ status: 500, error: 'internal error' })
    await rawClient(url, [], { headers: { authorization: 'Bearer good' } })
  })

  it('puts what the hook returns into the metadata of every call, whatever the caller says', async () => {
    const { url } = await serveDemo({ authenticate: async () => ({ account: 'ada' }) })
    const client = await rawClient(url, ['microapi.v1'])
    client.send({
      ...request,
      service: 'metadata',
      method: 'echo',
      payload: {},
      metadata: { account: 'mallory', other: 'x' },
    })
    const answer = await client.read()
    expect(JSON.stringify(answer)).toContain('ada')
    expect(JSON.stringify(answer)).not.toContain('mallory')
  })

  it('tells a client of ours why it was refused', async () => {
    const { port } = await serveDemo({
      authenticate() {
        throw new RpcError('UNAUTHENTICATED', 'no')
      },
    })
    const client = createClient(conformanceContract, ws({ port }), { retry: false })
    onTestFinished(() => client.close())
    const error: unknown = await client.values.nothing().catch((thrown: unknown) => thrown)
    expect(isRpcError(error) && [error.code, error.message]).toEqual([
      'UNAUTHENTICATED',
      expect.stringContaining('HTTP 401'),
    ])
  })

  it('says to plain HTTP what it is', async () => {
    const { url } = await serveDemo()
    const response = await fetch(url.replace('ws:', 'http:'))
    expect(response.status).toBe(426)
    expect(await response.json()).toEqual({
      error: 'this is a WebSocket: connect with "Upgrade: websocket"',
    })
  })
})

describe('a port that is shared', () => {
  it('serves HTTP and WebSocket', async () => {
    const { app } = demoApp()
    const server = await serve(app, http({ port: 0, upgrade: ws({ path: '/live' }) }), { signals: false })
    onTestFinished(() => server.close())
    const port = Number(new URL(server.urls[0]!).port)
    const [overHttp, overWs] = [http({ port }), ws({ port, path: '/live' })].map((transport) => {
      const client = createClient(conformanceContract, transport)
      onTestFinished(() => client.close())
      return client
    })
    expect(await overHttp!.values.text({ text: 'a' })).toEqual({ text: 'a' })
    expect(await overWs!.values.text({ text: 'b' })).toEqual({ text: 'b' })
    await server.close()
    const again = await overWs!.values.text({ text: 'c' }).catch((error: unknown) => error)
    expect(isRpcError(again) && again.code).toBe('UNAVAILABLE')
  })

  it("takes the upgrades of a server of one's own, and leaves other paths to others", async () => {
    const own = createServer((_request, response) => response.end('mine'))
    own.on('upgrade', ({ url }, socket) => {
      if (url === '/mine')
        socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{"error":"me"}')
    })
    own.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => void own.close())
    await once(own, 'listening')
    const { app } = demoApp()
    const server = await serve(app, ws({ server: own, path: '/rpc' }), { signals: false })
    const rpcUrl = server.urls[0]!
    const client = await rawClient(rpcUrl)
    client.send(request)
    expect((await client.read())['payload']).toEqual({ text: 'hi' })
    expect(await refusalOf(rpcUrl.replace('/rpc', '/mine'))).toEqual({ status: 418, error: 'me' })
    expect(await (await fetch(rpcUrl.replace('ws:', 'http:'))).text()).toBe('mine')
    await server.close()
    expect(await client.closed).toEqual({ code: 1001, reason: 'drained' })
    expect(own.listening).toBe(true)
    expect(own.listenerCount('upgrade')).toBe(1)
  })
})
