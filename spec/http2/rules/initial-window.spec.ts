import { describe, expect, it } from 'vitest'
import { getRequest, peerOf, postRequest, preface } from '../raw-peer.ts'
import { settings, windowUpdate } from './frames.ts'

const roles = ['server', 'client'] as const

describe('INITIAL_WINDOW_SIZE of the peer (RFC 9113 §6.9.2)', () => {
  it('holds from the first SETTINGS on', () => {
    const peer = peerOf('server', { handshake: false })
    peer.send(preface, settings({ initialWindowSize: 3 }), getRequest(1))
    peer.frames()
    peer.streams[0]!.respond({ ':status': 200 })
    expect(peer.streams[0]!.write('hello')).toBe(false)
    expect(peer.said()).toEqual(['HEADERS 1 :status=200', 'DATA 1 3'])
  })

  it('makes windows negative, and they grow from there', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 10 } })
    peer.send(getRequest(1))
    const stream = peer.streams[0]!
    stream.respond({ ':status': 200 })
    stream.write('0123456789')
    peer.send(settings({ initialWindowSize: 4 }))
    expect(stream.sendWindow).toBe(-6)
    stream.write('abcde')
    peer.frames()
    peer.send(windowUpdate(1, 6))
    expect(peer.said()).toEqual([])
    peer.send(windowUpdate(1, 2))
    expect(peer.said()).toEqual(['DATA 1 2'])
    peer.send(settings({ initialWindowSize: 7 }))
    expect(peer.said()).toEqual(['SETTINGS ack', 'DATA 1 3'])
  })

  it('sends what waits when it grows', () => {
    const peer = peerOf('client', { settings: { initialWindowSize: 0 } })
    const stream = peer.request()
    stream.end('hello')
    peer.frames()
    peer.send(settings({ initialWindowSize: 2 }))
    expect(peer.said()).toEqual(['SETTINGS ack', 'DATA 1 2'])
    peer.send(settings({ initialWindowSize: 100 }))
    expect(peer.said()).toEqual(['SETTINGS ack', 'DATA 1 3 end'])
  })

  it('may take the window of a stream that stands in line for the connection’s', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 100_000 } })
    peer.send(getRequest(1), getRequest(3))
    for (const stream of peer.streams) stream.respond({ ':status': 200 })
    peer.streams[0]!.write(Buffer.alloc(65_535))
    peer.streams[1]!.write('hello')
    peer.frames()
    peer.send(settings({ initialWindowSize: 0 }), windowUpdate(0, 1_000))
    expect(peer.said()).toEqual(['SETTINGS ack'])
    peer.send(windowUpdate(3, 2))
    expect(peer.said()).toEqual(['DATA 3 2'])
  })

  it('may take away more than a stream in line has', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 100_000 } })
    peer.send(getRequest(1), getRequest(3))
    for (const stream of peer.streams) stream.respond({ ':status': 200 })
    peer.streams[1]!.write('12345')
    peer.streams[0]!.write(Buffer.alloc(65_530))
    peer.streams[1]!.write('hello')
    peer.frames()
    peer.send(settings({ initialWindowSize: 2 }), windowUpdate(0, 1_000))
    expect(peer.said()).toEqual(['SETTINGS ack'])
    expect(peer.streams[1]!.sendWindow).toBe(-3)
    peer.send(windowUpdate(3, 100))
    expect(peer.said()).toEqual(['DATA 3 5'])
  })

  it('that makes a window overflow is a FLOW_CONTROL_ERROR of the connection', () => {
    for (const role of roles) {
      const peer = peerOf(role)
      if (role === 'server') peer.send(postRequest(1))
      else peer.request()
      peer.send(windowUpdate(1, 0x7fff_ffff - 65_535))
      expect(peer.verdict()).toBe('fine')
      peer.send(settings({ initialWindowSize: 65_536 }))
      expect(peer.verdict()).toBe('connection FLOW_CONTROL_ERROR')
    }
  })

  it('leaves the window of the connection alone', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 5 } })
    expect(peer.connection.sendWindow).toBe(65_535)
  })
})
