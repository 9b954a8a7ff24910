import { describe, expect, it } from 'vitest'
import { get, getRequest, ok, peerOf, postRequest, preface, response, type RawPeer } from '../raw-peer.ts'
import {
  continuation,
  data,
  headers,
  literals,
  ping,
  settings,
  settingsAck,
  windowUpdate,
  type Frame,
} from './frames.ts'

const minute = 60_000

/** Lets time pass, a tick each second, until the connection ends or so much has passed; returns when it stopped. */
function pass(peer: RawPeer, ms: number, each: () => void = () => {}): number {
  const end = peer.sink.time + ms
  while (peer.sink.time < end && !peer.connection.closed) {
    peer.connection.tick((peer.sink.time += 1_000))
    peer.connection.flush()
    each()
  }
  return peer.sink.time
}

const answerTo = ({ payload }: Frame): Buffer =>
  Buffer.concat([ping('12345678', true).subarray(0, 9), payload])
const pings = (frames: readonly Frame[]): Frame[] =>
  frames.filter(({ type, flags }) => type === 'PING' && flags === 0)

describe('times and keep-alive (the options that end in Ms)', () => {
  it('handshakeTimeoutMs: a peer that says nothing, or not enough', () => {
    for (const said of [[], [preface.subarray(0, 20)], [preface], [preface, settings().subarray(0, 8)]]) {
      const peer = peerOf('server', { handshake: false })
      peer.send(...said)
      expect(pass(peer, minute)).toBe(11_000)
      expect(peer.verdict()).toBe('connection SETTINGS_TIMEOUT')
      expect(peer.error!.message).toContain('(handshakeTimeoutMs)')
    }
    const client = peerOf('client', { handshake: false, limits: { handshakeTimeoutMs: 3_000 } })
    client.request()
    expect(pass(client, minute)).toBe(4_000)
    expect(client.heard()).toEqual(['close 0 SETTINGS_TIMEOUT unprocessed', 'closed SETTINGS_TIMEOUT'])
  })

  it('settingsTimeoutMs: SETTINGS of ours that are not acknowledged, the first and later ones', () => {
    const peer = peerOf('server', { acks: false })
    expect(pass(peer, minute)).toBe(11_000)
    expect(peer.verdict()).toBe('connection SETTINGS_TIMEOUT')
    expect(peer.error!.message).toContain('10000 ms (settingsTimeoutMs)')

    const later = peerOf('server', { limits: { settingsTimeoutMs: 2_000 } })
    pass(later, 50_000)
    later.connection.update({ maxConcurrentStreams: 5 })
    expect(pass(later, minute)).toBe(53_000)
    expect(later.verdict()).toBe('connection SETTINGS_TIMEOUT')
  })

  it('headersTimeoutMs: a header list that is not completed', () => {
    const peer = peerOf('server', { limits: { headersTimeoutMs: 5_000 } })
    pass(peer, 3_000)
    peer.send(headers(1, literals(get), { more: true }))
    expect(pass(peer, minute, () => peer.send(continuation(1, Buffer.alloc(0), { more: true })))).toBe(9_000)
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expect(peer.error!.message).toContain('5000 ms (headersTimeoutMs)')
  })

  it('headersTimeoutMs: one that is completed in time is no matter', () => {
    const peer = peerOf('server')
    for (let id = 1; id < 20; id += 2) {
      peer.send(headers(id, literals(get), { more: true, end: true }))
      pass(peer, 5_000)
      peer.send(continuation(id, Buffer.alloc(0)))
    }
    expect(peer.verdict()).toBe('fine')
  })

  it('idleTimeoutMs: a connection without streams is shut down, gracefully', () => {
    const peer = peerOf('server', { limits: { idleTimeoutMs: 20_000 } })
    peer.send(postRequest(1))
    pass(peer, minute)
    expect(peer.said()).toEqual([])
    peer.streams[0]!.reset()
    peer.frames()
    pass(peer, 22_000)
    const frames = peer.frames()
    expect(frames.map(({ type }) => type)).toEqual(['GOAWAY', 'PING'])
    peer.send(answerTo(frames[1]!))
    expect([peer.connection.closed, peer.error]).toEqual([true, undefined])
  })

  it('idleTimeoutMs: a peer that does not answer even then is not waited for', () => {
    const peer = peerOf('server', { limits: { idleTimeoutMs: 20_000 } })
    expect(pass(peer, 10 * minute)).toBeLessThan(35_000)
    expect([peer.connection.closed, peer.sink.ended, peer.error]).toEqual([true, 'gracefully', undefined])
  })

  it('idleTimeoutMs: calls that come and go between two ticks are use', () => {
    const peer = peerOf('server', {
      limits: { idleTimeoutMs: 20_000 },
      onStream: (stream) => stream.respond(ok, { end: true }),
    })
    let id = -1
    pass(peer, minute, () => peer.send(getRequest((id += 2))))
    expect(peer.said().filter((line) => line.startsWith('GOAWAY'))).toEqual([])
    expect(peer.connection.draining).toBe(false)
  })

  it('idleTimeoutMs: five minutes for a server, never for a client', () => {
    const server = peerOf('server')
    pass(server, 5 * minute)
    expect(server.connection.draining).toBe(false)
    pass(server, 2_000)
    expect(server.connection.draining).toBe(true)
    const client = peerOf('client')
    pass(client, 60 * minute)
    expect(client.connection.draining).toBe(false)
  })

  it('idleTimeoutMs: a client that has one closes its connection', () => {
    const peer = peerOf('client', { limits: { idleTimeoutMs: 5_000 } })
    pass(peer, 10_000)
    expect(peer.said()).toEqual(['GOAWAY 0 NO_ERROR'])
    expect(peer.error).toBeUndefined()
  })

  it('keepAliveMs: a PING when nothing was heard while streams are open; its answer is life', () => {
    const peer = peerOf('client', { limits: { keepAliveMs: 10_000 } })
    pass(peer, minute)
    expect(peer.said()).toEqual([])
    peer.request()
    peer.frames()
    let sent = 0
    pass(peer, minute, () => {
      for (const asked of pings(peer.frames())) {
        sent++
        peer.send(answerTo(asked))
      }
    })
    expect([sent >= 4 && sent <= 7, peer.connection.closed]).toEqual([true, false])
  })

  it('keepAliveMs: whoever is heard is not asked', () => {
    const peer = peerOf('server', { limits: { keepAliveMs: 10_000 } })
    peer.send(postRequest(1))
    pass(peer, minute, () => peer.send(data(1, 1)))
    expect(pings(peer.frames())).toEqual([])
  })

  it('keepAliveTimeoutMs: without an answer the connection is lost, by force', () => {
    const peer = peerOf('client', { limits: { keepAliveMs: 10_000, keepAliveTimeoutMs: 5_000 } })
    peer.request()
    expect(pass(peer, minute)).toBeLessThanOrEqual(17_000)
    expect(peer.sink.ended).toBe('by force')
    expect(peer.error!.message).toContain('keepAliveTimeoutMs')
    expect(peer.heard()).toEqual(['close 1 INTERNAL_ERROR', 'closed INTERNAL_ERROR'])
  })

  it('keepAliveIdle: a connection without streams is asked too', () => {
    const peer = peerOf('client', { limits: { keepAliveMs: 10_000, keepAliveIdle: true } })
    pass(peer, 12_000)
    expect(pings(peer.frames()).length).toBe(1)
  })

  it('stallTimeoutMs: a stream whose data is not taken ends with CANCEL; others go on', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 2 }, limits: { stallTimeoutMs: 20_000 } })
    peer.send(getRequest(1), getRequest(3), getRequest(5))
    for (const stream of peer.streams) stream.respond(ok)
    peer.streams[0]!.write('0123456789')
    peer.streams[1]!.write('0123456789')
    peer.frames()
    pass(peer, 15_000)
    peer.send(windowUpdate(3, 1))
    pass(peer, 10_000)
    expect(peer.said()).toEqual(['DATA 3 1', 'RST_STREAM 1 CANCEL'])
    // Waiting for nothing is no stall.
    expect(peer.streams.map(({ closed }) => closed)).toEqual([true, false, false])
  })

  it('stallTimeoutMs: the time in our own queue is not the peer’s', () => {
    const peer = peerOf('client', {
      settings: { maxConcurrentStreams: 1, initialWindowSize: 0 },
      limits: { stallTimeoutMs: 20_000 },
    })
    peer.request(get, { end: true })
    const second = peer.request()
    second.write('hello')
    pass(peer, minute)
    peer.send(response(1, { end: true }))
    expect(second.id).toBe(3)
    pass(peer, 15_000)
    expect(second.closed).toBe(false)
    pass(peer, 10_000)
    expect(second.closed).toBe(true)
  })

  it('minPingIntervalMs: the third PING that comes too early ends the connection', () => {
    const peer = peerOf('server', { limits: { minPingIntervalMs: 20_000 } })
    for (let i = 0; i < 10; i++) {
      peer.sink.time += 20_000
      peer.send(ping('abcdefgh'))
    }
    for (let i = 0; i < 2; i++) peer.send(ping('abcdefgh'))
    expect(peer.verdict()).toBe('fine')
    peer.send(ping('abcdefgh'))
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expect(peer.error!.message).toBe('too_many_pings')
  })

  it('minPingIntervalMs: what is sent to the peer makes good for them; off when nothing is said', () => {
    const peer = peerOf('server', { limits: { minPingIntervalMs: 20_000 } })
    peer.send(getRequest(1))
    peer.streams[0]!.respond(ok)
    for (let i = 0; i < 20; i++) {
      peer.send(ping('abcdefgh'))
      peer.streams[0]!.write('x')
    }
    expect(peer.verdict()).toBe('fine')
    const off = peerOf('server')
    for (let i = 0; i < 20; i++) off.send(ping('abcdefgh'))
    expect(off.verdict()).toBe('fine')
  })

  it('Infinity turns each of them off', () => {
    const never = Number.POSITIVE_INFINITY
    const peer = peerOf('server', {
      handshake: false,
      limits: {
        handshakeTimeoutMs: never,
        settingsTimeoutMs: never,
        headersTimeoutMs: never,
        idleTimeoutMs: never,
        stallTimeoutMs: never,
      },
    })
    pass(peer, 60 * minute)
    peer.send(preface, settings({ initialWindowSize: 0 }), getRequest(1))
    peer.streams[0]!.respond(ok)
    peer.streams[0]!.write('hello')
    pass(peer, 60 * minute)
    peer.send(headers(3, literals(get), { more: true, end: true }))
    pass(peer, 60 * minute)
    peer.send(continuation(3, Buffer.alloc(0)), settingsAck())
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams.length).toBe(2)
  })
})
