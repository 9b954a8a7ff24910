import { describe, expect, it } from 'vitest'
import { get, getRequest, peerOf, postRequest } from '../raw-peer.ts'
import { data, reset, windowUpdate } from './frames.ts'

describe('stream identifiers (RFC 9113 §5.1.1)', () => {
  it('a client counts 1, 3, 5', () => {
    const peer = peerOf('client')
    for (let i = 0; i < 3; i++) peer.request(get, { end: true })
    expect(peer.frames().map(({ id }) => id)).toEqual([1, 3, 5])
  })

  it('an even id from a client is a PROTOCOL_ERROR', () => {
    const peer = peerOf('server')
    peer.send(getRequest(2))
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('ids may be left out', () => {
    const peer = peerOf('server')
    peer.send(getRequest(5), getRequest(101), getRequest(0x7fff_ffff))
    expect(peer.streams.map(({ id }) => id)).toEqual([5, 101, 0x7fff_ffff])
    expect(peer.verdict()).toBe('fine')
  })

  it('an id that was left out is closed: a request there is a PROTOCOL_ERROR', () => {
    const peer = peerOf('server')
    peer.send(getRequest(5), getRequest(3))
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('frames that a closed stream may still meet are taken on ids that were left out', () => {
    const peer = peerOf('server')
    peer.send(getRequest(5), windowUpdate(3, 1), reset(1))
    expect(peer.verdict()).toBe('fine')
    peer.send(data(3, 1))
    expect(peer.verdict()).toBe('stream 3 STREAM_CLOSED')
  })

  it('an id that was used is STREAM_CLOSED', () => {
    const peer = peerOf('server', { onStream: (stream) => stream.respond({ ':status': 200 }, { end: true }) })
    peer.send(getRequest(1), getRequest(3), getRequest(1))
    expect(peer.verdict()).toBe('connection STREAM_CLOSED')
  })

  it('a second HEADERS on an open stream is no second request', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), postRequest(1))
    expect(peer.verdict()).toBe('stream 1 PROTOCOL_ERROR')
  })

  it('a client whose ids run out takes no more requests and lets the last ones end', () => {
    const peer = peerOf('client')
    peer.connection.nextId = 0x7fff_fffd
    peer.request(get, { end: true })
    expect(peer.frames()[0]!.id).toBe(0x7fff_fffd)
    expect(() => peer.request()).toThrow('takes no more streams')
    expect(peer.connection.closed).toBe(false)
  })

  it('a refused or malformed request uses its id up', () => {
    const peer = peerOf('server', { limits: { maxConcurrentStreams: 0 } })
    peer.send(getRequest(1))
    expect(peer.verdict()).toBe('stream 1 REFUSED_STREAM')
    expect(peer.connection.lastPeerId).toBe(1)
  })
})
