import { describe, expect, it } from 'vitest'
import { Connection } from '../../lib/http2/connection.ts'
import { settingsOf, type Http2Options } from '../../lib/http2/options.ts'
import { memorySink } from './memory-sink.ts'
import { get, ok, peerOf, postRequest, response, type PeerOptions, type RawPeer } from './raw-peer.ts'
import { continuation, data, headers, literals, reset } from './rules/frames.ts'

const minute = 60_000

describe('defaults', () => {
  it('are those that the options’ comments name', () => {
    expect(settingsOf('server')).toEqual({
      maxConcurrentStreams: 100,
      maxFrameSize: 16_384,
      streamWindow: 1024 * 1024,
      connectionWindow: 4 * 1024 * 1024,
      headerTableSize: 4096,
      maxHeaderListSize: 16 * 1024,
      maxHeaderFields: 128,
      maxContinuations: 32,
      handshakeTimeoutMs: 10_000,
      settingsTimeoutMs: 10_000,
      headersTimeoutMs: 10_000,
      idleTimeoutMs: 5 * minute,
      keepAliveMs: Number.POSITIVE_INFINITY,
      keepAliveTimeoutMs: 20_000,
      keepAliveIdle: false,
      stallTimeoutMs: minute,
      minPingIntervalMs: 0,
      maxWaitingStreams: 10_000,
      lineBreaksInValues: false,
      floods: {
        resets: 200,
        pings: 200,
        settings: 100,
        empties: 1_000,
        priorities: 1_000,
        windowUpdates: 1_000,
      },
    })
  })

  it('line breaks in values are taken only where that was asked for', () => {
    const bad = (limits: Http2Options): string => {
      const peer = peerOf('client', { limits })
      peer.request(get, { end: true })
      peer.send(headers(1, [':status', '200', 'a', 'b\nc'], { end: true }))
      return peer.verdict()
    }
    expect(bad({})).toBe('stream 1 PROTOCOL_ERROR')
    expect(bad({ lineBreaksInValues: true })).toBe('fine')
  })

  it('a client is idle for as long as it likes', () => {
    expect(settingsOf('client')).toEqual({ ...settingsOf('server'), idleTimeoutMs: Number.POSITIVE_INFINITY })
  })

  it('what is given as undefined is not given, and one flood limit leaves the others', () => {
    expect(settingsOf('server', { maxFrameSize: undefined, floods: { pings: 7 } } as never)).toEqual({
      ...settingsOf('server'),
      floods: { ...settingsOf('server').floods, pings: 7 },
    })
  })
})

describe('values out of range', () => {
  const wire: readonly (readonly [keyof Http2Options, readonly number[], readonly number[]])[] = [
    ['maxConcurrentStreams', [0, 2 ** 31 - 1], [-1, 2 ** 31, 1.5]],
    ['maxFrameSize', [16_384, 16_777_215], [16_383, 16_777_216, 0, 20_000.5]],
    ['streamWindow', [0, 2 ** 31 - 1], [-1, 2 ** 31, 0.5]],
    ['connectionWindow', [65_535, 2 ** 31 - 1], [65_534, 2 ** 31, 0]],
    ['headerTableSize', [0, 65_536], [-1, 65_537]],
    ['maxHeaderListSize', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
    ['maxHeaderFields', [0, 1_000_000], [-1, 1.5]],
    ['maxContinuations', [0, 1_000_000], [-1, 1.5]],
    ['maxWaitingStreams', [0, 1_000_000], [-1, 1.5]],
    ['handshakeTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['settingsTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['headersTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['idleTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['keepAliveMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['keepAliveTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['stallTimeoutMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
    ['minPingIntervalMs', [0, 0.5, Number.POSITIVE_INFINITY], [-1]],
  ]

  it.each(wire)('%s', (name, good, bad) => {
    for (const role of ['server', 'client'] as const) {
      for (const value of good) expect(settingsOf(role, { [name]: value })[name]).toBe(value)
      for (const value of [...bad, Number.NaN, Number.NEGATIVE_INFINITY]) {
        expect(() => settingsOf(role, { [name]: value })).toThrow(RangeError)
        expect(() => settingsOf(role, { [name]: value })).toThrow(name)
        expect(() => settingsOf(role, { [name]: value })).toThrow(String(value))
      }
    }
  })

  it.each(['resets', 'pings', 'settings', 'empties', 'priorities', 'windowUpdates'] as const)(
    'floods.%s',
    (name) => {
      for (const value of [-1, 1.5, Number.NaN]) {
        expect(() => settingsOf('server', { floods: { [name]: value } })).toThrow(RangeError)
        expect(() => settingsOf('server', { floods: { [name]: value } })).toThrow(`floods.${name}`)
      }
      expect(settingsOf('server', { floods: { [name]: 0 } }).floods[name]).toBe(0)
    },
  )

  it('what is no number where one is due is refused too', () => {
    for (const value of ['100', null, {}, true]) {
      expect(() => settingsOf('server', { maxConcurrentStreams: value } as never)).toThrow(
        'maxConcurrentStreams',
      )
    }
  })

  it('a connection refuses them when it is made', () => {
    expect(() => new Connection('server', memorySink(), { onFault() {} }, { maxFrameSize: 1 })).toThrow(
      RangeError,
    )
  })
})

describe('limits of what comes', () => {
  const limited = (limits: Http2Options, options: PeerOptions = {}): RawPeer =>
    peerOf('server', { ...options, limits })

  it('maxConcurrentStreams: one more is refused, and one more is taken when one has ended', () => {
    const peer = limited({ maxConcurrentStreams: 2 })
    peer.send(postRequest(1), postRequest(3), postRequest(5))
    expect(peer.verdict()).toBe('stream 5 REFUSED_STREAM')
    peer.send(reset(1), postRequest(7))
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams.map(({ id }) => id)).toEqual([1, 3, 7])
  })

  it('maxConcurrentStreams: 100 when nothing is said', () => {
    const peer = peerOf('server')
    for (let id = 1; id < 202; id += 2) peer.send(postRequest(id))
    expect(peer.verdict()).toBe('stream 201 REFUSED_STREAM')
  })

  it('maxFrameSize: larger frames are taken when it says so, and no larger ones', () => {
    const peer = limited({ maxFrameSize: 20_000 })
    peer.send(postRequest(1), data(1, 20_000))
    expect(peer.verdict()).toBe('fine')
    peer.send(data(1, 20_001))
    expect(peer.verdict()).toBe('connection FRAME_SIZE_ERROR')
    expect(peer.error!.message).toContain('maxFrameSize is 20000')
  })

  it('streamWindow and connectionWindow: announced, and held', () => {
    const peer = peerOf('server', {
      handshake: false,
      limits: { streamWindow: 7_000, connectionWindow: 70_000 },
    })
    expect(peer.said()).toEqual([expect.stringContaining('initialWindowSize=7000'), 'WINDOW_UPDATE 0 4465'])
    const full = limited({ streamWindow: 7_000, connectionWindow: 70_000 }, { consumes: false })
    for (let i = 0; i < 10; i++) full.send(postRequest(2 * i + 1), data(2 * i + 1, 7_000))
    expect(full.verdict()).toBe('fine')
    full.send(postRequest(21), data(21, 1))
    expect(full.verdict()).toBe('connection FLOW_CONTROL_ERROR')
  })

  it('maxHeaderListSize: names, values and 32 for each field; a larger list ends its stream', () => {
    const size = get.join('').length + 4 * 32 + 32 + 'x'.length
    const peer = limited({ maxHeaderListSize: size + 100 })
    peer.send(headers(1, [...get, 'x', 'y'.repeat(100)], { end: true }))
    expect(peer.verdict()).toBe('fine')
    peer.send(headers(3, [...get, 'x', 'y'.repeat(101)], { end: true }))
    expect(peer.verdict()).toBe('stream 3 ENHANCE_YOUR_CALM')
    expect(peer.connection.closed).toBe(false)
  })

  it('maxHeaderListSize: a client’s stream says which limit ended it', () => {
    const messages: (string | undefined)[] = []
    const peer = peerOf('client', {
      limits: { maxHeaderListSize: 100 },
      on: { onClose: (_, error) => messages.push(error?.message) },
    })
    peer.request(get, { end: true })
    peer.send(headers(1, [...ok, 'x', 'y'.repeat(100)]))
    expect(messages).toEqual([expect.stringContaining('100 octets (maxHeaderListSize)')])
  })

  it('maxHeaderListSize: of twice as many octets nothing more is read', () => {
    const peer = limited({ maxHeaderListSize: 1_000 })
    peer.send(headers(1, Buffer.alloc(3_000), { more: true }))
    expect(peer.verdict()).toBe('fine')
    peer.send(continuation(1, Buffer.alloc(25), { more: true }))
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expect(peer.error!.message).toContain('maxHeaderListSize')
  })

  it('maxHeaderFields', () => {
    const peer = limited({ maxHeaderFields: 6 })
    peer.send(headers(1, [...get, 'a', '', 'b', ''], { end: true }))
    expect(peer.verdict()).toBe('fine')
    peer.send(headers(3, [...get, 'a', '', 'b', '', 'c', ''], { end: true }))
    expect(peer.verdict()).toBe('stream 3 ENHANCE_YOUR_CALM')
  })

  it('maxContinuations: so many frames make a list, the first included', () => {
    const peer = limited({ maxContinuations: 3 })
    const block = literals(get)
    const parts = (id: number, count: number): Buffer[] => [
      headers(id, block, { more: true, end: true }),
      ...Array.from({ length: count - 1 }, (_, i) =>
        continuation(id, Buffer.alloc(0), { more: i < count - 2 }),
      ),
    ]
    peer.send(...parts(1, 3))
    expect(peer.verdict()).toBe('fine')
    peer.send(...parts(3, 4))
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expect(peer.error!.message).toContain('more than 3 frames (maxContinuations)')
  })

  it('headerTableSize: announced; its effect stands in rules/settings.spec.ts', () => {
    const peer = peerOf('server', { handshake: false, limits: { headerTableSize: 1234 } })
    expect(peer.said()[0]).toContain('headerTableSize=1234')
  })

  it('maxWaitingStreams: a client’s queue has an end', () => {
    const peer = peerOf('client', { limits: { maxWaitingStreams: 2 }, settings: { maxConcurrentStreams: 1 } })
    for (let i = 0; i < 3; i++) peer.request(get, { end: true })
    expect(() => peer.request(get, { end: true })).toThrow('2 streams wait already (maxWaitingStreams)')
    peer.send(response(1, { end: true }))
    expect(peer.request(get, { end: true }).id).toBe(0)
  })
})
