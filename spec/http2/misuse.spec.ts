import { describe, expect, it } from 'vitest'
import { headerList, type HeaderInit } from '../../lib/http2/sent-headers.ts'
import type { Stream } from '../../lib/http2/stream.ts'
import { get, ok, peerOf, postRequest, type RawPeer } from './raw-peer.ts'
import { data, goaway, settings } from './rules/frames.ts'

function serverStream(): { peer: RawPeer; stream: Stream } {
  const peer = peerOf('server')
  peer.send(postRequest(1))
  return { peer, stream: peer.streams[0]! }
}

describe('the order of things', () => {
  it('headers twice', () => {
    const { peer, stream } = serverStream()
    stream.respond(ok)
    expect(() => stream.respond(ok)).toThrow('http2: the headers have been sent already')
    expect(() => stream.respond({ ':status': 103 })).toThrow('http2: the headers have been sent already')
    expect(peer.said()).toEqual(['HEADERS 1 :status=200'])
  })

  it('data, an end or trailers before headers', () => {
    const { peer, stream } = serverStream()
    for (const send of [
      () => stream.write('x'),
      () => stream.end('x'),
      () => stream.end(),
      () => stream.sendTrailers({}),
    ])
      expect(send).toThrow('http2: send the headers first (respond)')
    stream.respond({ ':status': 103 })
    expect(() => stream.write('x')).toThrow('send the headers first')
    stream.respond(ok, { end: true })
    expect(peer.said()).toEqual(['HEADERS 1 :status=103', 'HEADERS 1 :status=200 end'])
  })

  it('anything after the end, also while it waits', () => {
    const ends: readonly ((stream: Stream) => void)[] = [
      (stream) => stream.end(),
      (stream) => stream.end('bye'),
      (stream) => stream.sendTrailers({ x: 'y' }),
      (stream) => {
        stream.write(Buffer.alloc(100_000))
        stream.end()
      },
      (stream) => {
        stream.write(Buffer.alloc(100_000))
        stream.sendTrailers({})
      },
    ]
    for (const end of ends) {
      const { peer, stream } = serverStream()
      stream.respond(ok)
      end(stream)
      const said = peer.said().length
      for (const send of [
        () => stream.write('x'),
        () => stream.end('x'),
        () => stream.end(),
        () => stream.sendTrailers({ x: 'y' }),
      ])
        expect(send).toThrow('http2: the stream has been ended; nothing can be sent after that')
      expect(peer.said()).toEqual([])
      expect(said).toBeGreaterThan(1)
    }
  })

  it('anything after a response that ended in its headers', () => {
    const { stream } = serverStream()
    stream.respond(ok, { end: true })
    expect(() => stream.write('x')).toThrow('has been ended')
    expect(() => stream.respond(ok)).toThrow('have been sent already')
  })

  it('an interim response that ends', () => {
    const { peer, stream } = serverStream()
    expect(() => stream.respond({ ':status': 103 }, { end: true })).toThrow(TypeError)
    expect(peer.said()).toEqual([])
  })

  it('a client that responds, a server that requests', () => {
    const client = peerOf('client')
    const stream = client.request()
    expect(() => stream.respond(ok)).toThrow('http2: a client sends its headers with the request')
    const server = peerOf('server')
    expect(() => server.request()).toThrow('http2: a server opens no streams')
    expect(server.verdict()).toBe('fine')
  })

  it('a request after shutdown, GOAWAY, or the end: an error that says that nothing was sent', () => {
    const ends: readonly ((peer: RawPeer) => void)[] = [
      ({ connection }) => connection.shutdown(),
      ({ connection }) => connection.destroy(),
      ({ connection }) => connection.lost(),
      (peer) => peer.send(goaway(1)),
    ]
    for (const end of ends) {
      const peer = peerOf('client')
      peer.request()
      peer.frames()
      end(peer)
      expect(() => peer.request()).toThrow(
        expect.objectContaining({ code: 'REFUSED_STREAM', scope: 'connection', unprocessed: true }),
      )
      expect(peer.said().filter((line) => line.startsWith('HEADERS'))).toEqual([])
    }
  })
})

describe('headers that HTTP/2 does not have', () => {
  const five: unknown = 5
  const bad: readonly (readonly [string, HeaderInit])[] = [
    ['no :status', { 'x-a': 'b' }],
    ['a request', get],
    [':status 101', { ':status': 101 }],
    [':status 1000', { ':status': 1000 }],
    ['an unknown pseudo-header', { ':status': 200, ':reason': 'OK' }],
    ['connection', { ':status': 200, connection: 'close' }],
    ['Transfer-Encoding', { ':status': 200, 'Transfer-Encoding': 'chunked' }],
    ['a line break', { ':status': 200, x: 'a\r\nb: c' }],
    ['NUL', { ':status': 200, x: '\0' }],
    ['space around', { ':status': 200, x: ' a' }],
    ['a wide character', { ':status': 200, x: 'a€' }],
    ['a name with a space', { ':status': 200, 'a b': 'c' }],
    ['an empty name', { ':status': 200, '': 'c' }],
    ['upper case in flat fields', [':status', '200', 'Upper', 'x']],
    ['a pseudo-header behind a field', ['x', 'y', ':status', '200']],
    ['a name without a value', [':status', '200', 'x']],
    ['two lengths', [':status', '200', 'content-length', '1', 'content-length', '2']],
    ['no text', [':status', '200', 'x', five as string]],
  ]

  it.each(bad)('a response with %s', (_, init) => {
    const { peer, stream } = serverStream()
    expect(() => stream.respond(init)).toThrow(TypeError)
    expect(() => stream.respond(init)).toThrow(/^http2: /)
    stream.respond(ok, { end: true })
    expect(peer.said()).toEqual(['HEADERS 1 :status=200 end'])
  })

  it.each<readonly [string, HeaderInit]>([
    ['a response', ok],
    ['no pseudo-header', { x: 'y' }],
    ['no :path', get.slice(0, 6)],
    ['an unknown pseudo-header', [':protocol', 'websocket', ...get]],
    ['upgrade', [...get, 'upgrade', 'h2c']],
    ['te: gzip', [...get, 'te', 'gzip']],
    ['a line break in :path', [...get.slice(0, 6), ':path', '/\r\n']],
    ['CONNECT with a :path', [':method', 'CONNECT', ...get.slice(2)]],
    ['a host that differs', [...get, 'host', 'b']],
  ])('a request with %s', (_, init) => {
    const peer = peerOf('client')
    expect(() => peer.request(init)).toThrow(TypeError)
    expect(peer.said()).toEqual([])
    peer.request(get, { end: true })
    expect(peer.frames()[0]!.id).toBe(1)
  })

  it('pseudo-headers in trailers, and what is bad anywhere', () => {
    const { peer, stream } = serverStream()
    stream.respond(ok)
    for (const trailers of [
      { ':status': 200 },
      { connection: 'x' },
      { x: '\n' },
      ['X', 'y'],
      ['x'],
      headerList(ok),
    ] as HeaderInit[])
      expect(() => stream.sendTrailers(trailers)).toThrow(TypeError)
    // It is not ended by what was refused.
    stream.sendTrailers({ x: 'y' })
    expect(peer.said()).toEqual(['HEADERS 1 :status=200', 'HEADERS 1 x=y end'])
  })

  it('and in extra fields', () => {
    const { peer, stream } = serverStream()
    for (const extra of [{ ':status': 200 }, { connection: 'x' }, { x: '\n' }, ['X', 'y']] as HeaderInit[])
      expect(() => stream.respond(ok, { extra })).toThrow(TypeError)
    const client = peerOf('client')
    expect(() => client.request(get, { extra: { ':path': '/' } })).toThrow(TypeError)
    expect([...peer.said(), ...client.said()]).toEqual([])
  })

  it('a list is checked when it is made', () => {
    expect(() => headerList({ ':status': 200, connection: 'close' })).toThrow(
      'http2: connection has no place in HTTP/2',
    )
    expect(headerList({ ':status': 200, x: undefined, y: ['1', '2'], Z: 3 }).fields).toEqual([
      ':status',
      '200',
      'y',
      '1',
      'y',
      '2',
      'z',
      '3',
    ])
  })
})

describe('a stream that is closed', () => {
  const closings: readonly (readonly [string, (peer: RawPeer, stream: Stream) => void])[] = [
    ['reset by us', (_, stream) => stream.reset()],
    ['reset by the peer', (peer) => peer.send(Buffer.from('00000403000000000100000008', 'hex'))],
    ['lost with its connection', (peer) => peer.connection.lost()],
    ['destroyed with its connection', (peer) => peer.connection.destroy('INTERNAL_ERROR', 'why')],
  ]

  it.each(closings)('%s: whatever is still done with it is harmless', (_, close) => {
    for (const begun of [false, true]) {
      const { peer, stream } = serverStream()
      if (begun) stream.respond(ok)
      close(peer, stream)
      expect(stream.closed).toBe(true)
      peer.frames()
      if (!begun) stream.respond(ok)
      expect(stream.write('x')).toBe(false)
      stream.consume(5)
      stream.end('x')
      stream.end()
      stream.sendTrailers({ x: 'y' })
      stream.reset()
      stream.reset('INTERNAL_ERROR')
      expect(peer.said()).toEqual([])
      expect(peer.heard().filter((line) => line.startsWith('close 1')).length).toBe(1)
      expect([stream.queued, peer.connection.credit]).toEqual([0, 0])
    }
  })

  it('has no room for a frame written in place', () => {
    const { peer, stream } = serverStream()
    stream.respond(ok)
    stream.reset()
    expect(stream.begin(10)).toBe(-1)
    expect(peer.connection.sendWindow).toBe(65_535)
  })

  it('that has ended well: reset() and consume() change nothing', () => {
    const { peer, stream } = serverStream()
    stream.respond(ok, { end: true })
    peer.send(data(1, 5, { end: true }))
    expect(stream.closed).toBe(true)
    peer.frames()
    stream.reset()
    stream.consume(100)
    expect(peer.said()).toEqual([])
  })
})

describe('odd arguments', () => {
  it('consume() of what is no count leaves the windows alone', () => {
    const peer = peerOf('server', { consumes: false })
    peer.send(postRequest(1), data(1, 100))
    const [stream] = peer.streams
    for (const count of [-1, Number.NaN, -Infinity, 1.5]) {
      try {
        stream!.consume(count)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }
    stream!.consume(100)
    expect([peer.connection.credit, stream!.credit, stream!.held]).toEqual([100, 100, 0])
  })

  it('a connection that is closed takes every call', () => {
    for (const role of ['server', 'client'] as const) {
      const peer = peerOf(role)
      const { connection } = peer
      connection.destroy()
      peer.frames()
      connection.receive(settings())
      connection.flush()
      connection.drained()
      connection.tick(1e9)
      connection.lost()
      connection.shutdown()
      connection.destroy()
      connection.update({ streamWindow: 5 })
      expect(peer.said()).toEqual([])
      expect(peer.heard()).toEqual(['closed'])
    }
  })

  it('a PING on a connection that is closed hears so', () => {
    const peer = peerOf('client')
    peer.connection.destroy()
    const heard: unknown[] = []
    peer.connection.ping((error) => heard.push(error?.scope))
    expect(heard).toEqual(['connection'])
  })
})
