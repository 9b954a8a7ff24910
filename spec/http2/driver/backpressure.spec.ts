import { Socket } from 'node:net'
import type { Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { clientOf, request, serve, type Scheme } from '../interop/ends.ts'
import { MiB, octets } from '../interop/octets.ts'
import { frame, get, rawClient, preface, settings, settingsAck, types, uint32 } from './raw.ts'

/** Writes without end as long as it may; counts what it wrote, and how often it was told to wait. */
function producer(total: number) {
  const seen = { written: 0, waits: 0, mostQueued: 0 }
  const produce = (stream: Http2Stream): void => {
    const more = (): void => {
      while (seen.written < total) {
        seen.written += 50_000
        const goOn = stream.write(octets(50_000))
        seen.mostQueued = Math.max(seen.mostQueued, stream.queued)
        if (goOn) continue
        seen.waits++
        return
      }
      stream.end()
    }
    stream.listener = { ...stream.listener, onDrain: more }
    more()
  }
  return { seen, produce }
}

describe.each<Scheme>(['http', 'https'])('a reader that stops, %s', (scheme) => {
  it('stops the server that writes to it, and lets it go on', async () => {
    const total = 16 * MiB
    const { seen, produce } = producer(total)
    const { url } = await serve(
      (stream) => {
        stream.respond({ ':status': 200 })
        produce(stream)
      },
      { scheme },
    )
    let received = 0
    let owed = 0
    let reading = false
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    const stream = clientOf(url).request(request(), {
      end: true,
      listener: {
        onData(_, piece) {
          received += piece.length
          if (reading) stream.consume(piece.length)
          else owed += piece.length
        },
        onEnd: end,
      },
    })
    // The window of the stream, to the last octet.
    await expect.poll(() => received).toBe(MiB)
    expect(seen.waits).toBeGreaterThan(0)
    expect(seen.written - received).toBeLessThanOrEqual(50_000)
    expect(seen.mostQueued).toBeLessThanOrEqual(50_000)
    reading = true
    stream.consume(owed)
    await ended
    expect(received).toBe(seen.written)
    expect(seen.mostQueued).toBeLessThanOrEqual(50_000)
  })

  it('stops the client that writes to it, and lets it go on', async () => {
    const { seen, produce } = producer(16 * MiB)
    let received = 0
    let owed = 0
    let incoming: Http2Stream | undefined
    let reading = false
    const { url } = await serve(
      (stream) => {
        incoming = stream
        stream.listener = {
          onData(_, piece) {
            received += piece.length
            if (reading) stream.consume(piece.length)
            else owed += piece.length
          },
          onEnd() {
            stream.respond({ ':status': 200 }, { end: true })
          },
        }
      },
      { scheme },
    )
    const stream = clientOf(url).request(request('/', 'POST'))
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    stream.listener = { onEnd: end }
    produce(stream)
    await expect.poll(() => received).toBe(MiB)
    expect(seen.written - received).toBeLessThanOrEqual(50_000)
    reading = true
    incoming!.consume(owed)
    await ended
    expect(received).toBe(seen.written)
    expect(seen.mostQueued).toBeLessThanOrEqual(50_000)
  })
})

describe('a peer whose windows are wide open', () => {
  const open = [
    preface,
    settings({ 4: 2 ** 31 - 1 }),
    settingsAck,
    frame(types.windowUpdate, 0, 0, uint32(2 ** 31 - 1 - 65_535)),
  ]

  it('and that stops reading its socket stops the server that writes to it', async () => {
    const total = 256 * MiB
    const { seen, produce } = producer(total)
    const { port } = await serve((stream) => {
      stream.respond({ ':status': 200 })
      produce(stream)
    })
    const sockets = serverSockets(port)
    const raw = await rawClient(port, open)
    raw.socket.removeAllListeners('data').pause()
    raw.send(get(1))
    await expect.poll(() => seen.waits).toBeGreaterThan(0)
    // What the kernel holds is its own affair; what we hold beside it is little.
    await expect.poll(() => [...sockets].some((socket) => socket.writableLength > 0)).toBe(true)
    let before = -1
    await expect
      .poll(() => {
        const still = seen.written === before
        before = seen.written
        return still
      })
      .toBe(true)
    expect(seen.written).toBeLessThan(total / 2)
    expect(seen.mostQueued).toBeLessThanOrEqual(50_000)
    for (const socket of sockets) expect(socket.writableLength).toBeLessThan(256 * 1024)
    // It goes on where it is read again.
    let received = 0
    raw.socket.on('data', (piece) => (received += piece.length)).resume()
    await expect.poll(() => received, { timeout: 20_000 }).toBeGreaterThan(total)
  }, 30_000)

  it('and that never reads its answers is not read any more at 1 MiB, and is when it reads', async () => {
    let served = 0
    const fields = { ':status': 200, 'x-some': 'x'.repeat(300) }
    const { port, errors } = await serve((stream) => {
      served++
      // Headers alone, which no window holds back.
      stream.respond(fields, { end: true })
    })
    const sockets = serverSockets(port)
    const raw = await rawClient(port, open)
    raw.socket.removeAllListeners('data').pause()
    const count = 200_000
    const requests = Buffer.concat(Array.from({ length: count }, (_, i) => get(2 * i + 1)))
    raw.socket.write(requests)
    await expect.poll(() => [...sockets].some((socket) => socket.isPaused())).toBe(true)
    const [socket] = sockets
    // The mark, and what one last chunk of requests asked for.
    expect(socket!.writableLength).toBeGreaterThan(MiB)
    expect(socket!.writableLength).toBeLessThan(4 * MiB)
    const atPause = served
    await new Promise((resolve) => setImmediate(resolve))
    expect(served).toBe(atPause)
    expect(served).toBeLessThan(count)
    raw.socket.on('data', () => {}).resume()
    await expect.poll(() => served, { timeout: 60_000 }).toBe(count)
    expect(errors).toEqual([])
  }, 70_000)
})

/** The server's sockets at a port, as they are used. */
function serverSockets(port: number): Set<Socket> {
  const sockets = new Set<Socket>()
  const setNoDelay = Socket.prototype.setNoDelay as (this: Socket, ...args: unknown[]) => Socket
  const spy = vi.spyOn(Socket.prototype, 'setNoDelay').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    if (this.localPort === port) sockets.add(this)
    return setNoDelay.apply(this, args)
  })
  onTestFinished(() => spy.mockRestore())
  return sockets
}
