import { connect as connectTls } from 'node:tls'
import { createServer, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certificate } from '../interop/certificate.ts'
import { ask, clientOf, endOf, request, serve } from '../interop/ends.ts'
import { rawClient } from './raw.ts'

const hello = (stream: Http2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

describe('a server', () => {
  it('listens at a free port of loopback, unless it is told another', async () => {
    const server = createServer(hello)
    onTestFinished(() => server.close())
    const { host, port } = await server.listen()
    expect([host, port > 0]).toEqual(['127.0.0.1', true])
    expect(String((await ask(clientOf(`http://127.0.0.1:${port}`), request())).body)).toBe('hello')
  })

  it('does not start at a port that is taken, and may try another', async () => {
    const { port } = await serve(hello)
    const server = createServer(hello)
    onTestFinished(() => server.close())
    await expect(server.listen({ port })).rejects.toThrow('EADDRINUSE')
    expect((await server.listen()).port).not.toBe(port)
  })

  it('refuses an option out of range where it is made', () => {
    for (const option of [
      { maxFrameSize: 1 },
      { streamWindow: -1 },
      { headerTableSize: 0.5 },
      { connectionWindow: 1 },
    ]) {
      expect(() => createServer(hello, option)).toThrow(RangeError)
      expect(() => createServer(hello, option)).toThrow(Object.keys(option)[0])
    }
  })

  it('counts its connections', async () => {
    const { url, server } = await serve(hello)
    expect(server.connections).toBe(0)
    const clients = [clientOf(url), clientOf(url)]
    for (const client of clients) await ask(client, request())
    expect(server.connections).toBe(2)
    for (const client of clients) await client.close()
    await expect.poll(() => server.connections).toBe(0)
  })

  it('ends one stream where its listener throws, and says what was thrown', async () => {
    const faults: unknown[] = []
    const { url, errors } = await serve(
      (stream) => {
        if (stream.headers!.path === '/throws') throw new Error('of the listener')
        hello(stream)
      },
      { onFault: (error) => faults.push(error) },
    )
    const client = clientOf(url)
    const failed = endOf(client.request(request('/throws'), { end: true }))
    expect(String((await ask(client, request())).body)).toBe('hello')
    expect(await failed).toMatchObject({ code: 'INTERNAL_ERROR', scope: 'stream' })
    expect(faults).toEqual([new Error('of the listener')])
    expect(errors).toEqual([])
  })
})

describe('TLS', () => {
  it.each([[undefined], [['http/1.1']]])(
    'a peer that asks for %o is let go, and the server goes on',
    async (protocols) => {
      const { port, url, server } = await serve(hello, { scheme: 'https' })
      const socket = connectTls({
        port,
        host: '127.0.0.1',
        ca: certificate().cert,
        ...(protocols && { ALPNProtocols: protocols }),
      })
      socket.on('error', () => {})
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
      expect(server.connections).toBe(0)
      expect(String((await ask(clientOf(url), request())).body)).toBe('hello')
    },
  )

  it('a peer that speaks none is let go, and the server goes on', async () => {
    const { port, url, errors } = await serve(hello, { scheme: 'https' })
    const raw = await rawClient(port)
    await raw.closed
    expect(String((await ask(clientOf(url), request())).body)).toBe('hello')
    expect(errors).toEqual([])
  })

  it('is 1.2 at least', async () => {
    const { port } = await serve(hello, { scheme: 'https' })
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca: certificate().cert,
      ALPNProtocols: ['h2'],
      ...old,
    })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toMatch(/protocol|alert/i)
  })
})
