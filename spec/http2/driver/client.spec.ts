import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import {
  connect,
  createServer,
  type Http2ClientOptions,
  type Http2Error,
  type Http2Stream,
} from 'microapi-ts/http2'
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

describe('a client that is watched', () => {
  /** What it hears, and a way to wait for it. */
  function watched(url: string, options: Http2ClientOptions = {}) {
    const heard: string[] = []
    let wake = (): void => {}
    const hear = (what: string): void => {
      heard.push(what)
      wake()
    }
    const client = connect(url, {
      ...options,
      onConnectionReady: () => hear('ready'),
      onConnectionEnd: (error) => hear(`end ${error?.code ?? 'in good order'}`),
    })
    onTestFinished(() => client.close({ graceMs: 0 }))
    const until = async (count: number): Promise<string[]> => {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve))
      return heard
    }
    return { client, heard, until }
  }

  it('connects when told, once, and says when the connection stands', async () => {
    const { url, server } = await serve(hello)
    const { client, until } = watched(url)
    expect(server.connections).toBe(0)
    client.open()
    client.open()
    expect(await until(1)).toEqual(['ready'])
    client.open()
    await ask(client, request())
    expect(server.connections).toBe(1)
    expect(await until(1)).toEqual(['ready'])
  })

  it('says once that the server takes no more, while what runs there ends', async () => {
    const streams: Http2Stream[] = []
    const held = await serve((stream) => void streams.push(stream))
    const { client, heard, until } = watched(held.url)
    const answer = ask(client, request())
    await until(1)
    while (streams.length === 0) await new Promise(setImmediate)
    held.server.drain()
    expect(await until(2)).toEqual(['ready', 'end NO_ERROR'])
    hello(streams[0]!)
    expect(String((await answer).body)).toBe('hello')
    await held.server.close()
    expect(heard).toEqual(['ready', 'end NO_ERROR'])
  })

  it('says that nobody listens, and tries again when told', async () => {
    const { client, heard, until } = watched(`http://127.0.0.1:${await freePort()}`)
    client.open()
    expect(await until(1)).toEqual(['end INTERNAL_ERROR'])
    client.open()
    expect(await until(2)).toEqual(['end INTERNAL_ERROR', 'end INTERNAL_ERROR'])
    expect(heard).toHaveLength(2)
  })

  it('that was closed connects no more', async () => {
    const { client } = watched((await serve(hello)).url)
    await client.close()
    expect(thrownBy(() => client.open())).toMatchObject({ code: 'REFUSED_STREAM', unprocessed: true })
  })
})
