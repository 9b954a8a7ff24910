import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { connect, createServer, type Http2Error, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certificate } from '../interop/certificate.ts'
import { ask, clientOf, endOf, request, serve } from '../interop/ends.ts'

const hello = (stream: Http2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

/** A server that is no HTTP/2 server. */
async function listen(onSocket: (socket: Socket) => void, tls?: TlsOptions): Promise<number> {
  const sockets = new Set<Socket>()
  const server = tls ? createTlsServer(tls, onSocket) : createTcpServer(onSocket)
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer(hello)
  const { port } = await server.listen()
  await server.close()
  return port
}

describe('an address', () => {
  it.each(['ftp://127.0.0.1', 'nothing', '', 'ws://127.0.0.1:1'])('%o is none', (url) => {
    expect(() => connect(url)).toThrow(TypeError)
  })

  it('is connected to when the first request is made, and no sooner', async () => {
    const { url, server } = await serve(hello)
    const client = clientOf(url)
    await clientOf(url).ping()
    expect(server.connections).toBe(1)
    await ask(client, request())
    expect(server.connections).toBe(2)
  })
})

describe('options', () => {
  it('out of range are refused where the client is made', () => {
    expect(() => connect('http://127.0.0.1:1', { maxFrameSize: 1 })).toThrow(RangeError)
  })

  it('limit how many streams wait for the connection', async () => {
    const client = clientOf((await serve(hello)).url, { maxWaitingStreams: 10 })
    const answers = Array.from({ length: 10 }, () => ask(client, request()))
    const error = thrownBy(() => client.request(request()))
    expect(error).toMatchObject({ code: 'REFUSED_STREAM', unprocessed: true })
    expect(error).toHaveProperty('message', expect.stringContaining('maxWaitingStreams'))
    expect(await Promise.all(answers)).toHaveLength(10)
    expect(String((await ask(client, request())).body)).toBe('hello')
  })
})

describe('a connection that does not come about', () => {
  it('because nobody listens ends its streams, which were never processed', async () => {
    const errors: Http2Error[] = []
    const client = clientOf(`http://127.0.0.1:${await freePort()}`, {
      onConnectionError: (error) => errors.push(error),
    })
    const streams = [1, 2, 3].map(() => endOf(client.request(request(), { end: true })))
    for (const error of await Promise.all(streams))
      expect(error).toMatchObject({ unprocessed: true, scope: 'connection', cause: { code: 'ECONNREFUSED' } })
    expect(errors).toMatchObject([{ message: expect.stringContaining('ECONNREFUSED') }])
    await expect(client.ping()).rejects.toThrow('ECONNREFUSED')
  })

  it('within the time for TLS ends its streams', async () => {
    const port = await listen(() => {})
    const client = clientOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 50 })
    const error = await endOf(client.request(request(), { end: true }))
    expect(error).toMatchObject({ unprocessed: true, message: expect.stringContaining('connectTimeoutMs') })
  })

  it('because the server says nothing ends its streams', async () => {
    const port = await listen(() => {})
    const client = clientOf(`http://127.0.0.1:${port}`, { handshakeTimeoutMs: 100 })
    const error = await endOf(client.request(request(), { end: true }))
    expect(error).toMatchObject({ code: 'SETTINGS_TIMEOUT', unprocessed: true })
  })

  it('because the server speaks HTTP/1.1 ends its streams', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const error = await endOf(clientOf(`http://127.0.0.1:${port}`).request(request(), { end: true }))
    expect(error).toMatchObject({ unprocessed: true, scope: 'connection' })
  })

  it.each<[string, TlsOptions, string]>([
    ['knows no ALPN', {}, 'ALPN'],
    ['offers HTTP/1.1 alone', { ALPNProtocols: ['http/1.1'] }, ''],
  ])('because the server %s ends its streams', async (_, alpn, message) => {
    const port = await listen((socket) => socket.on('error', () => {}), { ...certificate(), ...alpn })
    const error = await endOf(clientOf(`https://127.0.0.1:${port}`).request(request(), { end: true }))
    expect(error).toMatchObject({ unprocessed: true, message: expect.stringContaining(message) })
  })

  it("because the certificate is a stranger's ends its streams, and nothing was sent", async () => {
    let streams = 0
    const { url } = await serve(() => streams++, { scheme: 'https' })
    const client = connect(url)
    onTestFinished(() => client.close())
    const error = await endOf(client.request(request(), { end: true }))
    expect(error).toMatchObject({ unprocessed: true, message: expect.stringContaining('self-signed') })
    expect(streams).toBe(0)
  })
})

describe('another connection', () => {
  it('is opened when the server has gone and come again', async () => {
    const { url, port, server } = await serve(hello)
    const client = clientOf(url)
    expect(String((await ask(client, request())).body)).toBe('hello')
    await server.close()
    const refused = await endOf(client.request(request(), { end: true }))
    expect(refused).toMatchObject({ unprocessed: true })
    const next = createServer(hello)
    onTestFinished(() => next.close({ graceMs: 0 }))
    await next.listen({ port })
    expect(String((await ask(client, request())).body)).toBe('hello')
  })

  it('is opened when the first broke in the middle; what was under way may have been processed', async () => {
    let connections = 0
    const sockets: Socket[] = []
    const { port } = await serve((stream) =>
      connections === 1 ? stream.respond({ ':status': 200 }) : hello(stream),
    )
    // Between the two, so that it can be cut.
    const between = await listen((socket) => {
      connections++
      const other = new (socket.constructor as new () => Socket)()
      sockets.push(socket)
      socket.pipe(other.connect(port, '127.0.0.1').on('error', () => {})).pipe(socket)
    })
    const client = clientOf(`http://127.0.0.1:${between}`)
    const stream = client.request(request(), {
      end: true,
      listener: { onHeaders: () => sockets[0]!.resetAndDestroy() },
    })
    expect(await endOf(stream)).toMatchObject({ scope: 'connection', unprocessed: false })
    expect(String((await ask(client, request())).body)).toBe('hello')
    expect(connections).toBe(2)
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}
