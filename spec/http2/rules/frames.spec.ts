import { describe, expect, it } from 'vitest'
import { get, getRequest, peerOf, postRequest, response } from '../raw-peer.ts'
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  literals,
  ping,
  priority,
  reset,
  settings,
} from './frames.ts'

const roles = ['server', 'client'] as const

describe('frame sizes (RFC 9113 §4.2)', () => {
  it('takes a frame of 16,384 octets, and not one more', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), data(1, 16_384))
    expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 16384'])
    peer.send(data(1, 16_385))
    expect(peer.verdict()).toBe('connection FRAME_SIZE_ERROR')
  })

  it('refuses a larger frame as soon as its head is there, whatever its type', () => {
    for (const role of roles) {
      for (const type of [0, 1, 4, 9, 77]) {
        const peer = peerOf(role)
        peer.sendCut(3, frame(type, 0, 1, 16_385).subarray(0, 9))
        expect(peer.verdict()).toBe('connection FRAME_SIZE_ERROR')
      }
    }
  })

  it('never sends a larger frame than 16,384 octets, whatever the peer would take', () => {
    const peer = peerOf('server', { settings: { maxFrameSize: 16_777_215, initialWindowSize: 1_000_000 } })
    peer.send(getRequest(1))
    peer.streams[0]!.respond({ ':status': 200 })
    peer.streams[0]!.write(Buffer.alloc(40_000))
    expect(peer.said()).toEqual(['HEADERS 1 :status=200', 'DATA 1 16384', 'DATA 1 16384', 'DATA 1 7232'])
  })

  it.each([
    ['PING of 7', frame(6, 0, 0, 7)],
    ['PING of 9', frame(6, 0, 0, 9)],
    ['an answer to PING of 0', frame(6, 1, 0)],
    ['SETTINGS of 5', frame(4, 0, 0, 5)],
    ['SETTINGS of 7', frame(4, 0, 0, 7)],
    ['an acknowledgement with a setting', frame(4, 1, 0, 6)],
    ['WINDOW_UPDATE of 3', frame(8, 0, 0, 3)],
    ['WINDOW_UPDATE of 5 on a stream', frame(8, 0, 1, 5)],
    ['WINDOW_UPDATE of 0', frame(8, 0, 0)],
    ['RST_STREAM of 3', frame(3, 0, 1, 3)],
    ['RST_STREAM of 5', frame(3, 0, 1, 5)],
    ['GOAWAY of 7', frame(7, 0, 0, 7)],
    ['PADDED DATA without a length', frame(0, 8, 1)],
    ['PADDED HEADERS without a length', frame(1, 8 | 4, 1)],
    ['HEADERS with half a priority', frame(1, 0x20 | 4, 1, 4)],
  ])('%s octets is a FRAME_SIZE_ERROR, for both roles', (_, octets) => {
    for (const role of roles) {
      const peer = peerOf(role)
      if (role === 'server') peer.send(postRequest(1))
      else peer.request()
      peer.frames()
      peer.send(octets)
      expect(peer.verdict()).toBe('connection FRAME_SIZE_ERROR')
    }
  })

  it.each([
    ['DATA', frame(0, 8, 1, Buffer.of(3, 1, 1))],
    ['DATA of padding alone', frame(0, 8, 1, Buffer.of(1))],
    ['HEADERS', frame(1, 8 | 4, 1, Buffer.of(9, 0x82))],
    ['HEADERS with a priority', frame(1, 8 | 4 | 0x20, 1, Buffer.of(2, 0, 0, 0, 0, 9, 0x82))],
  ])('padding that is longer than the rest of %s is a PROTOCOL_ERROR', (_, octets) => {
    const peer = peerOf('server')
    peer.send(postRequest(1), octets)
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('padding may fill a frame to its end', () => {
    const peer = peerOf('server')
    peer.send(
      headers(1, literals(get), { pad: 255, dependsOn: 0 }),
      data(1, 0, { pad: 0 }),
      data(1, 3, { pad: 255, end: true }),
    )
    expect(peer.verdict()).toBe('fine')
    expect(peer.heard()).toEqual(['request 1 GET /', 'data 1 3', 'end 1'])
  })
})

describe('unknown and reserved bits (RFC 9113 §4.1, §5.5)', () => {
  it('frames of unknown types are ignored, on any stream and in any state', () => {
    for (const role of roles) {
      const peer = peerOf(role)
      for (const id of [0, 1, 2, 99])
        for (const type of [10, 12, 16, 255]) peer.send(frame(type, 255, id, 100))
      expect(peer.verdict()).toBe('fine')
    }
  })

  it('an unknown frame between HEADERS and CONTINUATION is a PROTOCOL_ERROR', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }), frame(99, 0, 1))
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('the reserved bit before a stream id is ignored', () => {
    const peer = peerOf('server')
    peer.send(getRequest(0x8000_0001), frame(6, 0, 0x8000_0000, 'abcdefgh'))
    expect(peer.heard()[0]).toBe('request 1 GET /')
    expect(peer.said()).toEqual(['PING ack abcdefgh'])
  })

  it('the reserved bits of WINDOW_UPDATE and GOAWAY are ignored', () => {
    const client = peerOf('client')
    client.request()
    client.frames()
    client.send(frame(8, 0, 0, Buffer.from('80000005', 'hex')))
    expect(client.connection.sendWindow).toBe(65_540)
    client.send(goaway(0x8000_0001))
    expect(client.heard()).toEqual(['goaway NO_ERROR'])
  })

  it('flags that a type does not know are ignored', () => {
    const peer = peerOf('server')
    peer.send(frame(6, 0xfe, 0, 'abcdefgh'), frame(1, 0xd7 & ~2, 1, literals(get)), frame(3, 0xff, 1, 4))
    expect(peer.said()).toEqual(['PING ack abcdefgh'])
    expect(peer.heard()).toEqual(['request 1 GET /', 'end 1', 'close 1 INTERNAL_ERROR remote'])
  })

  it('unknown settings are ignored', () => {
    const peer = peerOf('client')
    peer.send(
      settings([
        [0x0a0a, 7],
        [0, 1],
        [7, 1],
        [65_535, 0xffff_ffff],
      ]),
    )
    expect(peer.said()).toEqual(['SETTINGS ack'])
  })

  it('an unknown error code is an INTERNAL_ERROR', () => {
    const peer = peerOf('client')
    peer.request()
    peer.send(reset(1, 0xdead_beef))
    expect(peer.heard()).toEqual(['close 1 INTERNAL_ERROR remote'])
  })
})

describe('streams that a frame belongs to (RFC 9113 §6)', () => {
  it.each([
    ['DATA', data(0, 1)],
    ['HEADERS', getRequest(0)],
    ['PRIORITY', priority(0, 1)],
    ['RST_STREAM', reset(0)],
    ['CONTINUATION', continuation(0, Buffer.alloc(0))],
    ['PUSH_PROMISE', frame(5, 4, 0, 8)],
  ])('%s on stream 0 is a PROTOCOL_ERROR', (_, octets) => {
    for (const role of roles) {
      const peer = peerOf(role)
      peer.send(octets)
      expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
    }
  })

  it.each([
    ['SETTINGS', frame(4, 0, 1)],
    ['an acknowledgement', frame(4, 1, 1)],
    ['PING', frame(6, 0, 1, 8)],
    ['an answer to PING', frame(6, 1, 1, 8)],
    ['GOAWAY', frame(7, 0, 1, 8)],
  ])('%s on a stream is a PROTOCOL_ERROR', (_, octets) => {
    for (const role of roles) {
      const peer = peerOf(role)
      if (role === 'server') peer.send(postRequest(1))
      else peer.request()
      peer.frames()
      peer.send(octets)
      expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
    }
  })

  it('any cut of any exchange reads the same', () => {
    const exchange = [
      headers(1, literals([':method', 'POST', ':scheme', 'http', ':path', '/']), { more: true, pad: 3 }),
      continuation(1, literals(['a', 'b'])),
      data(1, 'hello', { pad: 2 }),
      ping('abcdefgh'),
      data(1, 0),
      headers(1, literals(['x', 'y']), { end: true }),
    ]
    for (let size = 1; size < 30; size++) {
      const peer = peerOf('server')
      peer.sendCut(size, ...exchange)
      expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 5', 'end 1 with trailers'])
      expect(peer.said()).toEqual(['PING ack abcdefgh'])
    }
    const client = peerOf('client')
    client.request()
    client.sendCut(4, response(1), data(1, 9, { end: true }))
    expect(client.heard()).toEqual(['headers 1 200', 'data 1 9', 'end 1'])
  })
})
