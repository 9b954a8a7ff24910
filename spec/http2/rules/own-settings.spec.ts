import { describe, expect, it } from 'vitest'
import { peerOf, postRequest, response } from '../raw-peer.ts'
import { data, settingsAck } from './frames.ts'

describe('our own SETTINGS', () => {
  it('hold for streams only when they are acknowledged: until then a window is 65,535', () => {
    const peer = peerOf('server', { acks: false, consumes: false, limits: { streamWindow: 1000 } })
    peer.send(postRequest(1))
    for (let i = 0; i < 5; i++) peer.send(data(1, 13_107))
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams[0]!.receiveWindow).toBe(0)
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
  })

  it('a larger window counts from the acknowledgement on, for streams that are open and for new ones', () => {
    const peer = peerOf('server', { acks: false, consumes: false })
    peer.send(postRequest(1))
    for (let i = 0; i < 5; i++) peer.send(data(1, 13_107))
    peer.send(settingsAck(), data(1, 16_000), postRequest(3))
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams[0]!.receiveWindow).toBe(1024 * 1024 - 65_535 - 16_000)
    expect(peer.streams[1]!.receiveWindow).toBe(1024 * 1024)
  })

  it('more than 65,535 before it is a FLOW_CONTROL_ERROR, for a client too', () => {
    const peer = peerOf('client', { acks: false, consumes: false })
    peer.request()
    peer.send(response(1))
    for (let i = 0; i < 5; i++) peer.send(data(1, 13_107))
    expect(peer.verdict()).toBe('fine')
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
  })

  it('update() announces others, which hold in order, each from its acknowledgement on', () => {
    const peer = peerOf('server', { consumes: false })
    peer.send(postRequest(1))
    peer.connection.update({ streamWindow: 5_000 })
    peer.connection.update({ streamWindow: 9_000 })
    expect(peer.said().map((line) => /initialWindowSize=\d+/.exec(line)![0])).toEqual([
      'initialWindowSize=5000',
      'initialWindowSize=9000',
    ])
    peer.send(data(1, 10_000))
    expect(peer.streams[0]!.receiveWindow).toBe(1024 * 1024 - 10_000)
    peer.send(settingsAck())
    expect(peer.streams[0]!.receiveWindow).toBe(-5_000)
    peer.send(settingsAck())
    expect(peer.streams[0]!.receiveWindow).toBe(-1_000)
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 FLOW_CONTROL_ERROR')
  })

  it('update() to a smaller window leaves no stream without credit for what was consumed', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    // Less than half of the first window: kept back until there is more.
    for (let i = 0; i < 25; i++) peer.send(data(1, 16_000))
    peer.connection.update({ streamWindow: 20_000 })
    peer.send(settingsAck())
    const given = peer.said().filter((line) => line.startsWith('WINDOW_UPDATE 1'))
    expect(given).toEqual([`WINDOW_UPDATE 1 ${25 * 16_000}`])
    expect(peer.streams[0]!.receiveWindow).toBe(20_000)
  })

  it('update() of maxConcurrentStreams holds for the next request', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), postRequest(3))
    peer.connection.update({ maxConcurrentStreams: 2 })
    peer.send(settingsAck(), postRequest(5))
    expect(peer.verdict()).toBe('stream 5 REFUSED_STREAM')
    peer.connection.update({ maxConcurrentStreams: 3 })
    peer.send(settingsAck(), postRequest(7))
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams.length).toBe(3)
  })

  it('update() keeps what it does not name', () => {
    const peer = peerOf('server', {
      limits: { streamWindow: 70_000, headerTableSize: 100, idleTimeoutMs: 5 },
    })
    peer.connection.update({ maxConcurrentStreams: 7, streamWindow: undefined as never })
    expect(peer.connection.settings).toMatchObject({
      streamWindow: 70_000,
      headerTableSize: 100,
      idleTimeoutMs: 5,
    })
    expect(() => peer.connection.update({ streamWindow: -1 })).toThrow(RangeError)
    expect(peer.connection.settings.streamWindow).toBe(70_000)
  })
})
