import { describe, expect, it } from 'vitest'
import type { Http2Stream } from '../../../lib/http2/stream-face.ts'
import { get, getRequest, ok, peerOf, type PeerOptions, type RawPeer } from '../raw-peer.ts'
import { settings, windowUpdate } from './frames.ts'

/** A server whose streams 1, 3, … have their response's headers sent. */
function answering(streams: number, options: PeerOptions = {}): RawPeer {
  const peer = peerOf('server', { ...options, onStream: (stream) => stream.respond(ok) })
  for (let id = 1; id < 2 * streams; id += 2) peer.send(getRequest(id))
  peer.frames()
  peer.heard()
  return peer
}

const large = { initialWindowSize: 1_000_000 }

describe('what we may send (RFC 9113 §5.2, §6.9)', () => {
  it('no more than the stream’s window, and the rest when there is one', () => {
    const peer = answering(1, { settings: { initialWindowSize: 4 } })
    const [stream] = peer.streams
    expect(stream!.write('0123456789')).toBe(false)
    expect(stream!.queued).toBe(6)
    expect(peer.said()).toEqual(['DATA 1 4'])
    peer.send(windowUpdate(1, 1), windowUpdate(1, 2))
    expect(peer.said()).toEqual(['DATA 1 1', 'DATA 1 2'])
    expect(peer.heard()).toEqual([])
    peer.send(windowUpdate(1, 100))
    expect(peer.said()).toEqual(['DATA 1 3'])
    expect(peer.heard()).toEqual(['drain 1'])
    expect(stream!.write('more')).toBe(true)
  })

  it('no more than the connection’s window', () => {
    const peer = answering(1, { settings: large })
    peer.streams[0]!.write(Buffer.alloc(70_000))
    expect(peer.said()).toEqual(['DATA 1 16384', 'DATA 1 16384', 'DATA 1 16384', 'DATA 1 16383'])
    peer.send(windowUpdate(1, 50_000))
    expect(peer.said()).toEqual([])
    peer.send(windowUpdate(0, 100_000))
    expect(peer.said()).toEqual(['DATA 1 4465'])
  })

  it('the octets arrive in order, whatever waited', () => {
    const peer = answering(1, { settings: { initialWindowSize: 5 } })
    const [stream] = peer.streams
    for (const text of ['ab', 'cdefgh', 'ij', 'kl']) stream!.write(text)
    stream!.end('mn')
    let all = ''
    for (let i = 0; i < 6; i++) {
      for (const frame of peer.frames()) if (frame.type === 'DATA') all += frame.payload.toString()
      peer.send(windowUpdate(1, 2))
    }
    expect(all).toBe('abcdefghijklmn')
    expect(stream!.localEnded).toBe(true)
  })

  it('a payload that fits the window exactly leaves whole, with its end', () => {
    const peer = answering(1, { settings: { initialWindowSize: 5 } })
    peer.streams[0]!.end('hello')
    expect(peer.said()).toEqual(['DATA 1 5 end'])
  })

  it('an end needs no window', () => {
    const peer = answering(2, { settings: { initialWindowSize: 0 } })
    peer.streams[0]!.end()
    peer.streams[1]!.sendTrailers({ x: 'y' })
    expect(peer.said()).toEqual(['DATA 1 0 end', 'HEADERS 3 x=y end'])
  })

  it('an end behind the last octet of the window needs none either', () => {
    const peer = answering(2, { settings: { initialWindowSize: 3 } })
    for (const stream of peer.streams) stream.write('hello')
    peer.streams[0]!.end()
    peer.streams[1]!.sendTrailers({ x: 'y' })
    peer.frames()
    peer.send(windowUpdate(1, 2), windowUpdate(3, 2))
    expect(peer.said()).toEqual(['DATA 1 2', 'DATA 1 0 end', 'DATA 3 2', 'HEADERS 3 x=y end'])
  })

  it('trailers wait behind data that waits', () => {
    const peer = answering(1, { settings: { initialWindowSize: 3 } })
    const [stream] = peer.streams
    stream!.write('hello')
    stream!.sendTrailers({ 'grpc-status': 0 })
    expect(peer.said()).toEqual(['DATA 1 3'])
    peer.send(windowUpdate(1, 1))
    expect(peer.said()).toEqual(['DATA 1 1'])
    peer.send(windowUpdate(1, 1))
    expect(peer.said()).toEqual(['DATA 1 1', 'HEADERS 1 grpc-status=0 end'])
    expect(peer.connection.streams.size).toBe(0)
  })

  it('trailers that wait are those that were given, whatever becomes of the array', () => {
    const peer = answering(1, { settings: { initialWindowSize: 0 } })
    const [stream] = peer.streams
    stream!.write('a')
    const trailers = ['x', 'y']
    stream!.sendTrailers(trailers)
    trailers.splice(0, 2, ':Bad\n', '\0')
    peer.send(windowUpdate(1, 1))
    expect(peer.said()).toEqual(['DATA 1 1', 'HEADERS 1 x=y end'])
  })

  it('trailers that the peer does not take any more when their turn comes end their own stream alone', () => {
    const peer = answering(2, { settings: { initialWindowSize: 0 } })
    for (const stream of peer.streams) stream.write('a')
    peer.streams[0]!.sendTrailers({ long: 'x'.repeat(300) })
    peer.streams[1]!.sendTrailers({ x: 'y' })
    peer.send(settings({ maxHeaderListSize: 200 }), windowUpdate(1, 1), windowUpdate(3, 1))
    expect(peer.said()).toEqual([
      'SETTINGS ack',
      'DATA 1 1',
      expect.stringContaining('RST_STREAM 1 '),
      'DATA 3 1',
      'HEADERS 3 x=y end',
    ])
    expect(peer.heard()[0]).toMatch(/^close 1 /)
    expect(peer.connection.closed).toBe(false)
  })

  it('streams take turns, a frame each', () => {
    const peer = answering(3, { settings: large })
    peer.connection.sendWindow = 0
    for (const stream of peer.streams) stream.write(Buffer.alloc(40_000))
    peer.send(windowUpdate(0, 100_000))
    expect(peer.said()).toEqual([
      'DATA 1 16384',
      'DATA 3 16384',
      'DATA 5 16384',
      'DATA 1 16384',
      'DATA 3 16384',
      'DATA 5 16384',
      'DATA 1 1696',
    ])
    peer.send(windowUpdate(0, 100_000))
    expect(peer.said()).toEqual(['DATA 3 7232', 'DATA 5 7232', 'DATA 1 5536'])
  })

  it('a stream without a window of its own does not keep the others waiting', () => {
    const peer = answering(2, { settings: { initialWindowSize: 10 } })
    peer.streams[0]!.write(Buffer.alloc(20))
    peer.streams[1]!.write('hello')
    expect(peer.said()).toEqual(['DATA 1 10', 'DATA 3 5'])
  })

  it('while the socket is full DATA waits, and everything else leaves', () => {
    const peer = answering(2, { settings: large })
    peer.sink.unwritten = 128 * 1024
    peer.streams[0]!.write('a')
    expect(peer.said()).toEqual(['DATA 1 1'])
    expect(peer.streams[0]!.write('b')).toBe(false)
    peer.streams[1]!.sendTrailers({ x: 'y' })
    peer.send(getRequest(5))
    expect(peer.said()).toEqual(['HEADERS 3 x=y end', 'HEADERS 5 :status=200'])
    peer.sink.unwritten = 0
    peer.connection.drained()
    expect(peer.said()).toEqual(['DATA 1 1'])
    expect(peer.heard()).toContain('drain 1')
  })

  it('a long synchronous producer meets the full socket, not the end of memory', () => {
    const peer = answering(1, { settings: { initialWindowSize: 0x7fff_ffff } })
    peer.send(windowUpdate(0, 0x7f00_0000))
    const [stream] = peer.streams
    let writes = 0
    const write = peer.sink.write.bind(peer.sink)
    peer.sink.write = (buffer, length) => {
      peer.sink.unwritten += length
      return write(buffer, length)
    }
    while (stream!.write(Buffer.alloc(10_000))) writes++
    expect(writes).toBeLessThan(20)
    expect(peer.sink.unwritten).toBeLessThan(128 * 1024 + 33 * 1024)
  })

  it('who writes more when there is room is served behind the others', () => {
    const more = (stream: Http2Stream): void => {
      if ((stream.data = ((stream.data as number | undefined) ?? 0) + 1) === 1)
        stream.end(Buffer.alloc(20_000))
    }
    const peer = answering(2, { settings: large, on: { onDrain: more } })
    peer.connection.sendWindow = 0
    for (const stream of peer.streams) stream.write('x')
    peer.send(windowUpdate(0, 100_000))
    expect(peer.said()).toEqual([
      'DATA 1 1',
      'DATA 3 1',
      'DATA 1 16384',
      'DATA 3 16384',
      'DATA 1 3616 end',
      'DATA 3 3616 end',
    ])
  })

  it('a write that leaves at once, however large, reports no drain', () => {
    const peer = answering(1, { settings: large })
    expect(peer.streams[0]!.write(Buffer.alloc(50_000))).toBe(true)
    expect(peer.heard()).toEqual([])
  })

  it('text is sent as UTF-8, counted in octets', () => {
    const peer = answering(1, { settings: { initialWindowSize: 7 } })
    peer.streams[0]!.end('žluť €')
    const sent = peer.frames()
    peer.send(windowUpdate(1, 100))
    const octets = Buffer.concat([...sent, ...peer.frames()].map(({ payload }) => payload))
    expect(octets.toString()).toBe('žluť €')
    expect(sent[0]!.payload.length).toBe(7)
  })

  it.each([20_000, 40_000, 1_000_000])(
    'long text in a window of %i arrives whole, no character cut',
    (window) => {
      const peer = answering(1, { settings: { initialWindowSize: window } })
      const text = 'aä€😀'.repeat(10_000)
      peer.streams[0]!.end(text)
      const payloads: Buffer[] = []
      for (let size = 1; size > 0;) {
        const frames = peer.frames().filter(({ type }) => type === 'DATA')
        payloads.push(...frames.map(({ payload }) => payload))
        size = frames.reduce((sum, { payload }) => sum + payload.length, 0)
        // As much again; behind the end there is nobody to give it to.
        if (size > 0 && peer.connection.streams.size > 0)
          peer.send(windowUpdate(1, size), windowUpdate(0, size))
      }
      expect(Buffer.concat(payloads).toString()).toBe(text)
      expect(peer.connection.streams.size).toBe(0)
    },
  )

  it('an empty write sends nothing', () => {
    const peer = answering(1)
    expect(peer.streams[0]!.write('')).toBe(true)
    expect(peer.streams[0]!.write(Buffer.alloc(0))).toBe(true)
    expect(peer.said()).toEqual([])
  })

  it('a client sends its body by the same rules', () => {
    const peer = peerOf('client', { settings: { initialWindowSize: 3 } })
    const stream = peer.request()
    stream.write('hello')
    stream.sendTrailers({ x: 'y' })
    expect(peer.said().slice(1)).toEqual(['DATA 1 3'])
    peer.send(windowUpdate(1, 2))
    expect(peer.said()).toEqual(['DATA 1 2', 'HEADERS 1 x=y end'])
    peer.request(get)
    expect(peer.connection.streams.size).toBe(2)
  })
})
