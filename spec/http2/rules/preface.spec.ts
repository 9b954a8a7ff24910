import { describe, expect, it } from 'vitest'
import { get, getRequest, peerOf, preface } from '../raw-peer.ts'
import { data, goaway, ping, settings, settingsAck, windowUpdate } from './frames.ts'

describe('the connection preface (RFC 9113 §3.4)', () => {
  it('a client begins with the 24 octets, then SETTINGS without push', () => {
    const peer = peerOf('client', { handshake: false })
    peer.connection.flush()
    const octets = peer.sink.take()
    expect(octets.subarray(0, 24)).toEqual(preface)
    expect(octets[24 + 3]).toBe(4)
    expect(octets.toString('hex')).toContain('000200000000')
  })

  it('a server begins with SETTINGS, without waiting for the client', () => {
    const peer = peerOf('server', { handshake: false })
    const [first, more] = peer.said()
    expect(first).toBe(
      'SETTINGS headerTableSize=4096 maxConcurrentStreams=100 initialWindowSize=1048576 maxFrameSize=16384 maxHeaderListSize=16384',
    )
    expect(more).toBe(`WINDOW_UPDATE 0 ${4 * 1024 * 1024 - 65_535}`)
  })

  it.each([1, 2, 3, 7, 23, 25, 32])('may come in pieces of %i', (size) => {
    const peer = peerOf('server', { handshake: false })
    peer.sendCut(size, preface, settings(), settingsAck(), getRequest(1))
    expect(peer.heard()).toEqual(['request 1 GET /', 'end 1'])
    expect(peer.verdict()).toBe('fine')
  })

  it.each([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a wrong last octet', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r'],
    ['a few wrong octets', 'PRX'],
    ['TLS', Buffer.from('1603010200010001fc0303', 'hex').toString('latin1')],
  ])('%s instead of it is a PROTOCOL_ERROR', (_, octets) => {
    const peer = peerOf('server', { handshake: false })
    peer.send(Buffer.from(octets, 'latin1'))
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it.each([
    ['PING', ping('12345678')],
    ['a request', getRequest(1)],
    ['WINDOW_UPDATE', windowUpdate(0, 1)],
    ['an acknowledgement', settingsAck()],
    ['DATA', data(1, 1)],
    ['GOAWAY', goaway(0)],
  ])('%s before the first SETTINGS is a PROTOCOL_ERROR, for both roles', (_, first) => {
    const server = peerOf('server', { handshake: false })
    server.send(preface, first)
    expect(server.verdict()).toBe('connection PROTOCOL_ERROR')

    const client = peerOf('client', { handshake: false })
    client.request(get)
    client.send(first)
    expect(client.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('empty SETTINGS are a preface too, and are acknowledged', () => {
    for (const role of ['server', 'client'] as const) {
      const peer = peerOf(role, { handshake: false })
      peer.frames()
      peer.send(...(role === 'server' ? [preface] : []), settings())
      expect(peer.said()).toEqual(['SETTINGS ack'])
    }
  })

  it('a client hears once that it may begin', () => {
    let ready = 0
    const peer = peerOf('client', { onConnection: { onReady: () => ready++ } })
    peer.send(settings(), settings({ initialWindowSize: 1 }))
    expect(ready).toBe(1)
  })
})
