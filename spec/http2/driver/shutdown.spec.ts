import { connect as connectTcp } from 'node:net'
import { Http2Error, readStream, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answerOf, ask, clientOf, endOf, request, serve, type Scheme } from '../interop/ends.ts'
import { frame, get, post, preface, rawClient, settings, types } from './raw.ts'

const hello = (stream: Http2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

/** Holds its streams until they are released. */
function holder() {
  const streams: Http2Stream[] = []
  let began = (): void => {}
  const first = new Promise<void>((resolve) => (began = resolve))
  const hold = (stream: Http2Stream): void => {
    stream.respond({ ':status': 200 })
    stream.write('held')
    streams.push(stream)
    began()
  }
  return { hold, first, streams, release: () => streams.forEach((stream) => stream.end(' released')) }
}

describe.each<Scheme>(['http', 'https'])('closing a server, %s', (scheme) => {
  it('lets streams in flight end, and takes no more connections', async () => {
    const { hold, first, release } = holder()
    const { url, port, server, errors } = await serve(hold, { scheme })
    const answer = answerOf(clientOf(url).request(request(), { end: true }))
    await first
    let closed = false
    const closing = server.close().then(() => (closed = true))
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED')
    expect(closed).toBe(false)
    release()
    expect(String((await answer).body)).toBe('held released')
    await closing
    expect(errors).toEqual([])
  })

  it('resets what is left when the grace is over', async () => {
    const { hold, first, streams } = holder()
    const { url, server } = await serve(hold, { scheme })
    const client = clientOf(url)
    const failed = endOf(client.request(request(), { end: true }))
    await first
    const ended = endOf(streams[0]!)
    await server.close({ graceMs: 10 })
    expect(await ended).toMatchObject({ code: 'CANCEL', scope: 'connection' })
    expect(await failed).toMatchObject({ code: 'CANCEL', remote: true })
  })

  it('ends idle connections at once', async () => {
    const { url, server } = await serve(hello, { scheme })
    const client = clientOf(url)
    await ask(client, request())
    await server.close({ graceMs: 60_000 })
    expect(server.connections).toBe(0)
  })

  it('may be asked for twice', async () => {
    const { hold, first, release } = holder()
    const { url, server } = await serve(hold, { scheme })
    const answer = answerOf(clientOf(url).request(request(), { end: true }))
    await first
    const both = [server.close(), server.close()]
    release()
    await Promise.all([...both, answer])
    await server.close()
  })

  it('waits for no peer that has connected and says nothing', async () => {
    const { port, server } = await serve(hello, { scheme })
    const socket = await dial(port)
    onTestFinished(() => void socket.destroy())
    await server.close({ graceMs: 50 })
  })
})

describe('the end of a connection', () => {
  it('still answers requests that were on their way when it began', async () => {
    const { port, server } = await serve(hello)
    const raw = await rawClient(port)
    raw.send(get(1))
    await raw.until(({ id, flags }) => id === 1 && flags === 1)
    const closing = server.close()
    const first = await raw.until(({ type }) => type === types.goaway)
    expect(first.payload.readUInt32BE(0)).toBe(2 ** 31 - 1)
    const ping = await raw.until(({ type, flags }) => type === types.ping && flags === 0)
    raw.send(get(3), frame(types.ping, 1, 0, ping.payload))
    await raw.until(({ id, flags }) => id === 3 && flags === 1)
    const last = await raw.until(
      ({ type, payload }) => type === types.goaway && payload.readUInt32BE(0) < 2 ** 31 - 1,
    )
    expect(last.payload.readUInt32BE(0)).toBe(3)
    raw.socket.end()
    await Promise.all([closing, raw.closed])
  })

  it('does not wait for a peer that keeps its side of the socket open', async () => {
    const { port, server } = await serve(hello)
    const raw = await rawClient(port)
    await raw.until(({ type }) => type === types.settings)
    await server.close({ graceMs: 10 })
    await raw.closed
  })

  it('comes when the peer half closes in the middle of a stream, which hears of it', async () => {
    const { hold, first, streams } = holder()
    const { port, server, errors } = await serve(hold)
    const raw = await rawClient(port)
    raw.send(post(1))
    await first
    const ended = endOf(streams[0]!)
    raw.socket.end()
    expect(await ended).toBeInstanceOf(Http2Error)
    await raw.closed
    await expect.poll(() => server.connections).toBe(0)
    expect(errors).toHaveLength(1)
  })

  it.each([0, 1, 9, 20, 24, 30, 40, 50])('comes when the socket breaks behind %i octets', async (count) => {
    const { port, server } = await serve((stream) => {
      readStream(stream)
        .text()
        .catch(() => {})
    })
    const octets = Buffer.concat([
      Buffer.from(preface),
      settings(),
      post(1),
      frame(types.data, 0, 1, Buffer.alloc(100)),
    ])
    const raw = await rawClient(port, [octets.subarray(0, count)])
    await expect.poll(() => server.connections).toBe(1)
    raw.socket.resetAndDestroy()
    await expect.poll(() => server.connections).toBe(0)
  })

  it('says what a peer did wrong that speaks something else', async () => {
    const { port, errors } = await serve(hello)
    const raw = await rawClient(port, ['GET / HTTP/1.1\r\nhost: x\r\n\r\n'])
    await raw.closed
    expect(errors).toMatchObject([{ code: 'PROTOCOL_ERROR', scope: 'connection', remote: false }])
    expect(raw.frames.at(-1)).toMatchObject({ type: types.goaway })
  })
})

function dial(port: number) {
  const socket = connectTcp(port, '127.0.0.1')
  return new Promise<typeof socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })
}
