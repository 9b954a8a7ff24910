import type { TLSSocket } from 'node:tls'
import { readStream, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it } from 'vitest'
import { ask, clientOf, request, serve, type Scheme } from '../interop/ends.ts'
import { MiB, octets } from '../interop/octets.ts'
import { get, rawClient, types } from './raw.ts'
import { watchWrites } from './writes.ts'

const hello = (stream: Http2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

const sixtyFour = Array.from({ length: 64 }, (_, i) => get(2 * i + 3))
const isAnswer = ({ type, flags }: { type: number; flags: number }) => type === types.data && flags === 1

describe('what a turn of the event loop sends', () => {
  it.each<[string, (stream: Http2Stream) => void]>([
    ['made at once', hello],
    [
      'made behind a few promises',
      async (stream) => {
        for (let i = 0; i < 5; i++) await Promise.resolve()
        hello(stream)
      },
    ],
  ])('is a write for every 32 frames of 64 answers %s', async (_, onStream) => {
    const { port } = await serve(onStream)
    const raw = await rawClient(port)
    raw.send(get(1))
    await raw.until(isAnswer)
    const writes = watchWrites((socket) => socket.localPort === port)
    raw.send(...sixtyFour)
    await raw.until(({ id, flags }) => id === 129 && flags === 1)
    // Two frames each.
    expect(writes).toHaveLength(4)
    expect(raw.frames.filter(isAnswer)).toHaveLength(65)
  })

  it("is a write for every 32 of a client's requests, and for every 16 of their answers", async () => {
    const { port, url } = await serve(hello)
    const client = clientOf(url)
    await ask(client, request())
    const writes = watchWrites((socket) => [socket.localPort, socket.remotePort].includes(port))
    await Promise.all(sixtyFour.map(() => ask(client, request())))
    const sides = writes.map(({ socket }) => (socket.localPort === port ? 'server' : 'client'))
    expect(sides.toSorted()).toEqual(['client', 'client', 'server', 'server', 'server', 'server'])
  })

  it('leaves before the turn is over when it is more than a buffer', async () => {
    const { port, url } = await serve((stream) => {
      stream.respond({ ':status': 200 })
      for (let i = 0; i < 100; i++) stream.write(octets(10_000))
      stream.end()
    })
    const writes = watchWrites((socket) => socket.localPort === port)
    expect((await ask(clientOf(url), request())).body.length).toBe(1_000_000)
    expect(Math.max(...writes.map(({ chunk }) => chunk.length))).toBeLessThanOrEqual(64 * 1024)
    expect(writes.length).toBeGreaterThan(15)
  })
})

describe('the buffer that was written', () => {
  const download = (stream: Http2Stream): void => {
    stream.respond({ ':status': 200 })
    stream.end(octets(4 * MiB))
  }

  it('is used again over TCP, where nothing of it waits', async () => {
    const { port, url } = await serve(download)
    const writes = watchWrites((socket) => socket.localPort === port)
    const { body } = await ask(clientOf(url), request())
    expect(body.equals(octets(4 * MiB))).toBe(true)
    expect(new Set(writes.map(({ chunk }) => chunk.buffer)).size).toBeLessThan(writes.length / 2)
  })

  it('is a copy over TLS, which stays as it was', async () => {
    const { port, url } = await serve(download, { scheme: 'https' })
    const writes = watchWrites((socket) => 'encrypted' in socket && (socket as TLSSocket).localPort === port)
    const { body } = await ask(clientOf(url), request())
    expect(body.equals(octets(4 * MiB))).toBe(true)
    expect(writes.length).toBeGreaterThan(50)
    for (const { chunk, copy } of writes) expect(chunk.equals(copy)).toBe(true)
  })
})

describe.each<Scheme>(['http', 'https'])('a socket that breaks, %s', (scheme) => {
  it('in the middle of many streams ends each of them once, and nothing else', async () => {
    const ends: unknown[] = []
    const { url, port, server, errors } = await serve(
      (stream) => {
        stream.listener = { onClose: (_, error) => ends.push(error?.scope) }
        stream.respond({ ':status': 200 })
        stream.write(octets(3 * MiB))
      },
      { scheme },
    )
    const writes = watchWrites((socket) => socket.localPort === port)
    const other = clientOf(url)
    await other.ping()
    const ofOther = new Set(writes.map(({ socket }) => socket))
    const client = clientOf(url)
    const failures = Array.from({ length: 50 }, async () => {
      const reader = readStream(client.request(request(), { end: true }))
      await reader.headers
      return reader.text().then(
        () => 'ended',
        (error: { scope: string }) => error.scope,
      )
    })
    await expect.poll(() => writes.length).toBeGreaterThan(20)
    for (const { socket } of writes) if (!ofOther.has(socket)) socket.destroy()
    expect(new Set(await Promise.all(failures.map((one) => one.catch((error) => error.scope))))).toEqual(
      new Set(['connection']),
    )
    await expect.poll(() => ends.length).toBe(50)
    expect(new Set(ends)).toEqual(new Set(['connection']))
    expect(errors).toHaveLength(1)
    expect(await other.ping()).toBeGreaterThan(0)
    expect(server.connections).toBe(1)
  })
})
