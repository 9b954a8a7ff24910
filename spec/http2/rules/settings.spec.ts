import { describe, expect, it } from 'vitest'
import type { StreamListener } from '../../../lib/http2/stream-face.ts'
import { get, getRequest, peerOf } from '../raw-peer.ts'
import { frame, settings, settingsAck } from './frames.ts'

const roles = ['server', 'client'] as const

describe('SETTINGS (RFC 9113 §6.5)', () => {
  it.each([
    ['ENABLE_PUSH', 2, 2, 'PROTOCOL_ERROR'],
    ['ENABLE_PUSH', 2, 0xffff_ffff, 'PROTOCOL_ERROR'],
    ['INITIAL_WINDOW_SIZE', 4, 0x8000_0000, 'FLOW_CONTROL_ERROR'],
    ['INITIAL_WINDOW_SIZE', 4, 0xffff_ffff, 'FLOW_CONTROL_ERROR'],
    ['MAX_FRAME_SIZE', 5, 16_383, 'PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE', 5, 0, 'PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE', 5, 16_777_216, 'PROTOCOL_ERROR'],
  ])('%s (%i) of %i is a %s%s', (_, id, value, code) => {
    for (const role of roles) {
      const peer = peerOf(role)
      peer.send(settings([[id, value]]))
      expect(peer.verdict()).toBe(`connection ${code}`)
    }
  })

  it('takes each value at the ends of its range', () => {
    for (const role of roles) {
      for (const pair of [
        [1, 0],
        [1, 0xffff_ffff],
        [2, 0],
        [3, 0],
        [3, 0xffff_ffff],
        [4, 0],
        [4, 0x7fff_ffff],
        [5, 16_384],
        [5, 16_777_215],
        [6, 0],
        [6, 0xffff_ffff],
      ] as const) {
        const peer = peerOf(role)
        peer.send(settings([pair]))
        expect(peer.said()).toEqual(['SETTINGS ack'])
      }
    }
  })

  it('a client may allow push, which a server never uses; a server may not (RFC 9113 §6.5.2)', () => {
    const server = peerOf('server')
    server.send(settings({ enablePush: 1 }))
    expect(server.verdict()).toBe('fine')
    const client = peerOf('client')
    client.send(settings({ enablePush: 1 }))
    expect(client.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('acknowledges each of several, in order with what else it says', () => {
    const peer = peerOf('server')
    peer.send(settings(), settings({ maxFrameSize: 20_000 }), frame(6, 0, 0, 'abcdefgh'), settings())
    expect(peer.said()).toEqual(['SETTINGS ack', 'SETTINGS ack', 'PING ack abcdefgh', 'SETTINGS ack'])
  })

  it('a value that stands there twice is taken in order: the last one holds', () => {
    const peer = peerOf('server')
    peer.send(
      settings([
        [4, 5],
        [4, 7],
      ]),
      getRequest(1),
    )
    peer.streams[0]!.respond({ ':status': 200 })
    peer.streams[0]!.write('0123456789')
    expect(peer.said().slice(1)).toEqual(['HEADERS 1 :status=200', 'DATA 1 7'])
  })

  it('an acknowledgement of nothing is left alone', () => {
    for (const role of roles) {
      const peer = peerOf(role)
      peer.send(settingsAck(), settingsAck())
      expect(peer.verdict()).toBe('fine')
    }
  })

  // It would be the peer who throws exceptions in the server.
  it('a response over the peer’s MAX_HEADER_LIST_SIZE ends its stream, and throws nothing', () => {
    let closed: string | undefined
    const onClose: StreamListener['onClose'] = (_, error) => (closed = error?.message)
    const peer = peerOf('server', { settings: { maxHeaderListSize: 100 }, on: { onClose } })
    peer.send(getRequest(1))
    const [stream] = peer.streams
    stream!.respond({ ':status': 200, long: 'x'.repeat(60) })
    expect(peer.said()).toEqual(['RST_STREAM 1 INTERNAL_ERROR'])
    expect(closed).toBe('the headers are 138 octets; the peer takes 100')
    expect(peer.faults).toEqual([])
  })

  it('an interim response over it is left out', () => {
    const peer = peerOf('server', { settings: { maxHeaderListSize: 100 } })
    peer.send(getRequest(1))
    const [stream] = peer.streams
    stream!.respond({ ':status': 103, long: 'x'.repeat(60) })
    stream!.respond({ ':status': 500 }, { end: true })
    expect(peer.said()).toEqual(['HEADERS 1 :status=500 end'])
  })

  it('a request over it is an error for its sender, and nothing is sent', () => {
    const peer = peerOf('client', { settings: { maxHeaderListSize: 100 } })
    expect(() => peer.request([...get, 'long', 'x'.repeat(60)])).toThrow('the peer takes 100')
    expect(peer.said()).toEqual([])
  })
})
