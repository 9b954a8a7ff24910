import { describe, expect, it } from 'vitest'
import { get, getRequest, peerOf, postRequest, response, type RawPeer } from '../raw-peer.ts'
import { data, windowUpdate } from './frames.ts'

const limits = { streamWindow: 100_000, connectionWindow: 200_000 }
const given = (peer: RawPeer): string[] => peer.said().filter((line) => line.startsWith('WINDOW_UPDATE'))

/** Sends so many octets in frames of 10,000. */
function fill(peer: RawPeer, id: number, octets: number): void {
  for (let left = octets; left > 0; left -= 10_000) peer.send(data(id, Math.min(left, 10_000)))
}

describe('the windows that we give (RFC 9113 §5.2, §6.9)', () => {
  it('a stream that is not consumed gets no more, and the window holds', () => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(postRequest(1))
    fill(peer, 1, 100_000)
    expect(peer.verdict()).toBe('fine')
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
  })

  it('credit comes at half a window, on the stream and on the connection', () => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(postRequest(1))
    fill(peer, 1, 100_000)
    const [stream] = peer.streams
    stream!.consume(49_999)
    expect(given(peer)).toEqual([])
    stream!.consume(1)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 1 50000'])
    stream!.consume(50_000)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 0 100000', 'WINDOW_UPDATE 1 50000'])
    expect([peer.connection.receiveWindow, stream!.receiveWindow, stream!.held]).toEqual([
      200_000, 100_000, 0,
    ])
  })

  it('the connection holds no more than its window, whatever the streams may', () => {
    const peer = peerOf('server', {
      limits: { streamWindow: 100_000, connectionWindow: 150_000 },
      consumes: false,
    })
    peer.send(postRequest(1), postRequest(3))
    fill(peer, 1, 100_000)
    fill(peer, 3, 50_000)
    expect(peer.verdict()).toBe('fine')
    peer.send(data(3, 1))
    expect(peer.verdict()).toBe('connection FLOW_CONTROL_ERROR')
  })

  it('consuming more than came gives no more than came', () => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(postRequest(1), data(1, 10))
    peer.streams[0]!.consume(1e9)
    expect([peer.connection.credit, peer.streams[0]!.credit]).toEqual([10, 10])
  })

  it('octets that nobody listens to are consumed', () => {
    const peer = peerOf('server', { limits, onStream: (stream) => void (stream.listener = {}) })
    peer.send(postRequest(1))
    fill(peer, 1, 60_000)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 1 50000'])
  })

  it('padding counts, and is given back without anybody consuming it', () => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(postRequest(1))
    for (let i = 0; i < 250; i++) peer.send(data(1, 1, { pad: 255 }))
    expect(peer.connection.receiveWindow + peer.connection.credit).toBe(200_000 - 250)
    expect(peer.streams[0]!.receiveWindow + peer.streams[0]!.credit).toBe(100_000 - 250)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 1 50176'])
  })

  it('DATA on a stream that is closed is given back to the connection', () => {
    const peer = peerOf('server', { limits })
    peer.send(getRequest(1))
    peer.streams[0]!.respond({ ':status': 204 }, { end: true })
    for (let i = 0; i < 11; i++) peer.send(data(1, 10_000))
    expect(given(peer)).toEqual(['WINDOW_UPDATE 0 100000'])
    expect(peer.connection.credit).toBe(10_000)
  })

  it.each([
    ['behind the end', getRequest(1), data(1, 500)],
    ['over content-length', postRequest(1), data(1, 500)],
  ])('DATA that ends its stream by a mistake (%s) is given back too', (_, open, mistake) => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(open)
    peer.streams[0]!.expected = 3
    peer.send(mistake)
    expect(peer.verdict()).toMatch(/^stream 1 /)
    expect(peer.connection.credit).toBe(500)
  })

  it('a stream over its window is reset, and its octets are given back to the others', () => {
    const peer = peerOf('server', { limits: { ...limits, streamWindow: 5_000 }, consumes: false })
    peer.send(postRequest(1), data(1, 5_000), data(1, 1_000))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
    expect(peer.connection.credit).toBe(6_000)
  })

  it('a stream whose peer has ended gets no more credit, the connection does', () => {
    const peer = peerOf('server', { limits, consumes: false })
    peer.send(postRequest(1))
    fill(peer, 1, 90_000)
    peer.send(data(1, 10_000, { end: true }))
    peer.streams[0]!.consume(100_000)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 0 100000'])
  })

  it('a client credits responses in the same way', () => {
    const peer = peerOf('client', { limits })
    peer.request(get, { end: true })
    peer.frames()
    peer.send(response(1))
    fill(peer, 1, 100_000)
    expect(given(peer)).toEqual(['WINDOW_UPDATE 1 50000', 'WINDOW_UPDATE 0 100000', 'WINDOW_UPDATE 1 50000'])
  })

  it('a window of 0 lets nothing come', () => {
    const peer = peerOf('server', { limits: { streamWindow: 0 } })
    peer.send(postRequest(1), data(1, 0))
    expect(peer.verdict()).toBe('fine')
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
  })
})

describe('WINDOW_UPDATE from the peer (RFC 9113 §6.9.1)', () => {
  it('by nothing is a PROTOCOL_ERROR: of the connection, or of its stream', () => {
    for (const role of ['server', 'client'] as const) {
      const peer = peerOf(role)
      if (role === 'server') peer.send(postRequest(1))
      else peer.request()
      peer.frames()
      peer.send(windowUpdate(1, 0))
      expect(peer.verdict()).toBe('stream 1 PROTOCOL_ERROR')
      peer.send(windowUpdate(0, 0))
      expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
    }
  })

  it('a window may grow to 2^31 - 1 and not further', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), windowUpdate(1, 0x7fff_ffff - 65_535), windowUpdate(0, 0x7fff_ffff - 65_535))
    expect(peer.verdict()).toBe('fine')
    peer.send(windowUpdate(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
    peer.send(windowUpdate(0, 1))
    expect(peer.verdict()).toBe('connection FLOW_CONTROL_ERROR')
  })
})
