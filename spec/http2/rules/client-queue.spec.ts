import { describe, expect, it } from 'vitest'
import { get, peerOf, response, type RawPeer } from '../raw-peer.ts'
import { data, reset, settings, windowUpdate } from './frames.ts'

const opened = (peer: RawPeer): number[] =>
  peer
    .frames()
    .filter(({ type }) => type === 'HEADERS')
    .map(({ id }) => id)

const ask = (peer: RawPeer, times = 1): void => {
  for (let i = 0; i < times; i++) peer.request(get, { end: true })
}

describe('a client’s requests before the first SETTINGS', () => {
  it('wait, then are opened in order', () => {
    const peer = peerOf('client', { handshake: false })
    const streams = [peer.request(get, { end: true, data: 'a' }), peer.request(get, { end: true, data: 'b' })]
    expect(opened(peer)).toEqual([])
    expect(streams.map(({ id }) => id)).toEqual([0, 0])
    peer.send(settings())
    expect(opened(peer)).toEqual([1, 3])
    expect(streams.map(({ id, data: mark }) => [id, mark])).toEqual([
      [1, 'a'],
      [3, 'b'],
    ])
  })

  it('keep what was written to them, in order, with its end', () => {
    const peer = peerOf('client', { handshake: false })
    const stream = peer.request()
    expect(stream.write('hello')).toBe(false)
    stream.write(' world')
    stream.sendTrailers({ x: 'y' })
    peer.frames()
    peer.send(settings())
    const [, ...frames] = peer.said()
    expect(frames).toEqual([
      'HEADERS 1 :method=GET :scheme=http :authority=a :path=/',
      'DATA 1 5',
      'DATA 1 6',
      'HEADERS 1 x=y end',
    ])
  })

  it('wait with their body for a window, when the first SETTINGS give none', () => {
    const peer = peerOf('client', { handshake: false })
    peer.request().end('hello')
    peer.frames()
    peer.send(settings({ initialWindowSize: 0 }))
    expect(peer.said().slice(1)).toEqual(['HEADERS 1 :method=GET :scheme=http :authority=a :path=/'])
    peer.send(windowUpdate(1, 5))
    expect(peer.said()).toEqual(['DATA 1 5 end'])
  })

  it('one that is reset is never sent, and its id is the next one’s', () => {
    const peer = peerOf('client', { handshake: false })
    const first = peer.request(get, { end: true })
    peer.request(get, { end: true })
    first.reset()
    expect(peer.heard()).toEqual(['close 0 CANCEL unprocessed'])
    peer.send(settings())
    expect(opened(peer)).toEqual([1])
  })

  it('keep the fields that were given, whatever becomes of the array', () => {
    const peer = peerOf('client', { handshake: false })
    const fields = [...get]
    const extra = ['x', 'y']
    peer.request(fields, { end: true, extra })
    fields[1] = 'BAD\n'
    extra[1] = '\0'
    peer.frames()
    peer.send(settings())
    expect(peer.said().slice(1)).toEqual(['HEADERS 1 :method=GET :scheme=http :authority=a :path=/ x=y end'])
  })

  it('headers that the peer does not take, as it says then, fail their own stream; others go on', () => {
    const peer = peerOf('client', { handshake: false })
    peer.request([...get, 'long', 'x'.repeat(300)], { end: true })
    peer.request(get, { end: true })
    peer.frames()
    peer.send(settings({ maxHeaderListSize: 250 }))
    expect(opened(peer)).toEqual([1])
    expect(peer.heard()).toEqual(['close 0 ENHANCE_YOUR_CALM unprocessed'])
    expect(peer.connection.closed).toBe(false)
  })
})

describe('a client over the peer’s MAX_CONCURRENT_STREAMS (RFC 9113 §5.1.2)', () => {
  it('opens as many as are allowed, and the next one when one has ended', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 2 } })
    ask(peer, 5)
    expect(opened(peer)).toEqual([1, 3])
    peer.send(response(1), data(1, 1, { end: true }))
    expect(opened(peer)).toEqual([5])
    peer.send(reset(3))
    expect(opened(peer)).toEqual([7])
    peer.connection.streams.get(5)!.reset()
    expect(opened(peer)).toEqual([9])
    expect(peer.connection.waiting.size).toBe(0)
  })

  it('a request that comes later does not overtake those that wait', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 1 } })
    const heard: string[] = []
    for (const name of ['a', 'b']) peer.request([...get, 'x', name], { end: true })
    peer.frames()
    peer.send(settings({ maxConcurrentStreams: 2 }))
    peer.request([...get, 'x', 'c'], { end: true })
    peer.send(response(1, { end: true }))
    for (const frame of peer.frames()) if (frame.fields) heard.push(frame.fields.at(-1)!)
    expect(heard).toEqual(['b', 'c'])
  })

  it('lowering the limit closes nothing, and opens nothing until there is room', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 3 } })
    ask(peer, 4)
    expect(opened(peer)).toEqual([1, 3, 5])
    peer.send(settings({ maxConcurrentStreams: 1 }), response(1, { end: true }), response(3, { end: true }))
    expect(opened(peer)).toEqual([])
    peer.send(response(5, { end: true }))
    expect(opened(peer)).toEqual([7])
  })

  it('raising it opens what waits', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 0 } })
    ask(peer, 3)
    expect(opened(peer)).toEqual([])
    peer.send(settings({ maxConcurrentStreams: 2 }))
    expect(opened(peer)).toEqual([1, 3])
    peer.send(settings({ maxConcurrentStreams: 0xffff_ffff }))
    expect(opened(peer)).toEqual([5])
  })

  it('a stream takes the windows that hold when it is opened', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 0, initialWindowSize: 100 } })
    const stream = peer.request()
    stream.write('0123456789')
    peer.frames()
    peer.send(settings({ maxConcurrentStreams: 1, initialWindowSize: 3 }))
    expect(peer.said().at(-1)).toBe('DATA 1 3')
    expect(stream.receiveWindow).toBe(1024 * 1024)
  })

  it('an end that waits needs no window when its stream is opened', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 1, initialWindowSize: 100_000 } })
    const first = peer.request()
    const second = peer.request()
    first.write(Buffer.alloc(65_535))
    second.end()
    peer.frames()
    peer.send(settings({ maxConcurrentStreams: 2 }))
    expect(peer.said().slice(1)).toEqual([
      'HEADERS 3 :method=GET :scheme=http :authority=a :path=/',
      'DATA 3 0 end',
    ])
  })

  it('a connection that ends tells those that wait that they were never begun', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 1 } })
    ask(peer, 2)
    peer.connection.lost(new Error('gone'))
    expect(peer.heard()).toEqual([
      'close 0 INTERNAL_ERROR unprocessed',
      'close 1 INTERNAL_ERROR',
      'closed INTERNAL_ERROR',
    ])
  })
})
