import { describe, expect, it } from 'vitest'
import {
  get,
  getRequest,
  ok,
  peerOf,
  post,
  postRequest,
  response,
  type PeerOptions,
  type RawPeer,
} from './raw-peer.ts'
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  indexed,
  literal,
  literals,
  ping,
  priority,
  reset,
  settings,
  settingsAck,
  windowUpdate,
} from './rules/frames.ts'
import { expectBounded, expectCalm, expectEmpty, flood } from './rules/flood.ts'

const id = (i: number): number => 2 * i + 1
/** A server that answers at once, with a body of so many octets. */
const serving = (body: number, options: PeerOptions = {}): RawPeer =>
  peerOf('server', {
    ...options,
    onStream(stream) {
      stream.respond(ok)
      stream.end(Buffer.alloc(body))
    },
  })

describe('streams that are opened to be reset', () => {
  it('rapid reset (CVE-2023-44487): requests that are cancelled at once', () => {
    const peer = peerOf('server')
    expectCalm(peer, 201, (i) => [getRequest(id(i)), reset(id(i))])
    expect(peer.streams.length).toBeLessThanOrEqual(201)
  })

  it('rapid reset in one packet, a thousand at once', () => {
    const peer = peerOf('server')
    peer.send(...Array.from({ length: 1_000 }, (_, i) => [getRequest(id(i)), reset(id(i))]).flat())
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expect(peer.streams.length).toBe(201)
    expectEmpty(peer)
  })

  it('an honest client that cancels half of its requests lives on', () => {
    const peer = serving(100)
    peer.send(windowUpdate(0, 10_000_000))
    const times = flood(peer, 3_000, (i) =>
      i % 2 === 0 ? [postRequest(id(i)), reset(id(i))] : getRequest(id(i)),
    )
    expect([times, peer.connection.closed, peer.streams.length]).toEqual([3_000, false, 3_000])
    expect(peer.connection.streams.size).toBe(0)
  })

  it('made you reset (CVE-2025-8671): each mistake that makes us reset a stream counts as if the peer had done it', () => {
    const mistakes: Readonly<Record<string, (n: number) => readonly Buffer[]>> = {
      'a window that overflows': (n) => [postRequest(n), windowUpdate(n, 0x7fff_ffff)],
      'a window update by nothing': (n) => [postRequest(n), windowUpdate(n, 0)],
      'DATA behind the end': (n) => [getRequest(n), data(n, 1)],
      'HEADERS behind the end': (n) => [getRequest(n), getRequest(n)],
      'a PRIORITY of four octets': (n) => [postRequest(n), frame(2, 0, n, 4)],
      'a stream that depends on itself': (n) => [postRequest(n), priority(n, n)],
      'a body that is too long': (n) => [headers(n, [...post, 'content-length', '1']), data(n, 2)],
      'a body that is too short': (n) => [
        headers(n, [...post, 'content-length', '1']),
        data(n, 0, { end: true }),
      ],
      'trailers without an end': (n) => [postRequest(n), headers(n, ['x', 'y'])],
      'trailers with a pseudo-header': (n) => [postRequest(n), headers(n, [':path', '/'], { end: true })],
    }
    for (const [name, mistake] of Object.entries(mistakes)) {
      const peer = peerOf('server')
      const times = flood(peer, 300, (i) => mistake(id(i)))
      expect([name, peer.error?.code], `${times}`).toEqual([name, 'ENHANCE_YOUR_CALM'])
      expect(peer.streams.length).toBeLessThanOrEqual(201)
      expectEmpty(peer)
    }
  })

  it('reset flood (CVE-2019-9514): requests that can only be answered by RST_STREAM', () => {
    expectCalm(peerOf('server'), 201, (i) => headers(id(i), [...get, 'Bad', 'x'], { end: true }))
  })

  it('requests over the limit, again and again', () => {
    const peer = peerOf('server')
    expectCalm(peer, 301, (i) => postRequest(id(i)))
    expect(peer.streams.length).toBe(100)
  })

  it('RST_STREAM on a stream that is closed, again and again', () => {
    const peer = serving(1)
    peer.send(getRequest(1))
    expectCalm(peer, 300, () => reset(1))
  })

  it('DATA on streams that are closed, each answered by RST_STREAM', () => {
    const peer = serving(1)
    for (let i = 0; i < 150; i++) peer.send(getRequest(id(i)))
    expectCalm(peer, 1_200, (i) => data(id(i % 150), 0))
  })
})

describe('header blocks', () => {
  it('CONTINUATION flood (CVE-2024-27316 and its kin): octets without end', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }))
    expectCalm(peer, 32, () => continuation(1, literal('x', 'y'.repeat(10_000)), { more: true }))
    expect(peer.streams.length).toBe(0)
  })

  it('empty CONTINUATIONs (CVE-2019-9518)', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }))
    expectCalm(peer, 32, () => continuation(1, Buffer.alloc(0), { more: true }))
  })

  it('CONTINUATIONs of an octet each', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }))
    expectCalm(peer, 32, () => continuation(1, Buffer.of(0x82), { more: true }))
  })

  it('header bytes without end in a response', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.send(headers(1, literals(ok), { more: true }))
    expectCalm(peer, 32, () => continuation(1, Buffer.alloc(16_384, 0x82), { more: true }))
    expect(peer.heard()).toEqual(['close 1 ENHANCE_YOUR_CALM', 'closed ENHANCE_YOUR_CALM'])
  })

  it('HPACK bomb: one large entry, then a reference an octet each', () => {
    const peer = peerOf('server')
    const bomb = Buffer.concat([
      literals(get),
      literal('x', 'y'.repeat(4_000), 'indexed'),
      Buffer.alloc(12_000, indexed(62)),
    ])
    peer.send(headers(1, bomb, { end: true }))
    expect(peer.verdict()).toBe('stream 1 ENHANCE_YOUR_CALM')
    expectBounded(peer)
    const again = Buffer.concat([literals(get), Buffer.alloc(16_000, indexed(62))])
    expectCalm(peer, 201, (i) => headers(id(i + 1), again, { end: true }))
    expect(peer.streams.length).toBe(0)
  })

  it('0-length headers leak (CVE-2019-9516): fields with empty names and values', () => {
    const peer = peerOf('server')
    expectCalm(peer, 201, (i) =>
      headers(id(i), [...get, ...Array.from({ length: 2_000 }, () => '')], { end: true }),
    )
    expect(peer.streams.length).toBe(0)
  })

  it('many small fields: their number is limited, not their octets alone', () => {
    const peer = peerOf('server', { limits: { maxHeaderListSize: 1_000_000 } })
    peer.send(headers(1, [...get, ...Array.from({ length: 2 * 125 }, () => 'a')], { end: true }))
    expect(peer.verdict()).toBe('stream 1 ENHANCE_YOUR_CALM')
    expectBounded(peer)
  })

  it('headers on a stream that we have reset', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    peer.streams[0]!.reset()
    // Each stream that we give up lets four more pass: honest answers to it are on their way.
    expectCalm(peer, 1_005, () => headers(1, ['x', 'y'], { end: true }))
  })

  it('a client that cancels thousands of calls hears their answers, and lives', () => {
    const peer = peerOf('client')
    for (let odd = 1; odd < 6_000; odd += 2) {
      peer.request(get, { end: true }).reset()
      peer.send(headers(odd, [':status', '200']), headers(odd, ['x', 'y'], { end: true }))
    }
    expect(peer.error).toBeUndefined()
    expect(peer.connection.closed).toBe(false)
  })

  it('interim responses without end', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    expectCalm(peer, 1_001, () => headers(1, [':status', '103']))
  })

  it('a header block that is never completed ends by time', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }))
    peer.connection.tick(10_001)
    expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
    expectEmpty(peer)
  })

  it('so does one whose only frame never is (slowloris)', () => {
    const peer = peerOf('server')
    const octets = getRequest(1)
    for (let at = 0; at < octets.length - 1 && !peer.connection.closed; at++) {
      peer.send(octets.subarray(at, at + 1))
      peer.connection.tick((peer.sink.time += 1_000))
    }
    expect(peer.error?.code).toBe('ENHANCE_YOUR_CALM')
    expect(peer.sink.time).toBeLessThan(20_000)
    expectEmpty(peer)
  })
})

describe('frames that cost their sender nothing', () => {
  it('empty DATA frames (CVE-2019-9518)', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    expectCalm(peer, 1_001, () => data(1, 0))
  })

  it('DATA frames of padding alone', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    expectCalm(peer, 1_001, () => data(1, 0, { pad: 200 }))
  })

  it('empty DATA frames in a response', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.send(response(1))
    expectCalm(peer, 1_001, () => data(1, 0))
  })

  it('empty DATA frames on a stream that we have reset', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    peer.streams[0]!.reset()
    expectCalm(peer, 1_005, () => data(1, 0))
  })

  it('frames of unknown types', () => {
    expectCalm(peerOf('server'), 1_001, () => frame(200, 0, 0))
  })

  it('SETTINGS flood (CVE-2019-9515)', () => {
    for (const role of ['server', 'client'] as const) expectCalm(peerOf(role), 101, () => settings())
  })

  it('SETTINGS that shake every window and table', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 0 } })
    for (let i = 0; i < 100; i++) peer.send(postRequest(id(i)))
    for (const stream of peer.streams) {
      stream.respond(ok)
      stream.write(Buffer.alloc(1_000))
    }
    peer.frames()
    const shaken = Array.from(
      { length: 1_000 },
      (_, i) =>
        [
          [4, i % 2],
          [1, i % 2 === 0 ? 0 : 4096],
        ] as const,
    ).flat()
    expectCalm(peer, 101, () => settings(shaken))
  })

  it('acknowledgements of SETTINGS that were never sent', () => {
    expectCalm(peerOf('server'), 101, () => settingsAck())
  })

  it('PING flood (CVE-2019-9512)', () => {
    for (const role of ['server', 'client'] as const) expectCalm(peerOf(role), 201, () => ping('abcdefgh'))
  })

  it('answers to PINGs that were never sent', () => {
    expectCalm(peerOf('client'), 201, () => ping('abcdefgh', true))
  })

  it('PRIORITY flood (CVE-2019-9513): resource loop', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    expectCalm(peer, 1_001, (i) => priority(1, 2 * (i + 1) + 1))
  })

  it('PRIORITY flood on streams that were never opened', () => {
    expectCalm(peerOf('server'), 1_001, (i) => priority(id(i), 0))
  })

  it('GOAWAY flood', () => {
    expectCalm(peerOf('server'), 101, () => goaway(0))
  })

  it('WINDOW_UPDATE flood: on the connection, on a stream, on one that is closed', () => {
    for (const on of [0, 1, 3]) {
      const peer = peerOf('server')
      peer.send(postRequest(1), getRequest(3))
      peer.streams[1]!.respond(ok, { end: true })
      expectCalm(peer, 1_001, () => windowUpdate(on, 1))
    }
  })

  it('ten seconds later the counts begin anew: a slow peer is no flood', () => {
    const peer = peerOf('server')
    const times = flood(peer, 2_000, () => {
      peer.sink.time += 100
      return ping('abcdefgh')
    })
    expect([times, peer.connection.closed]).toEqual([2_000, false])
  })
})

describe('peers that take their answers slowly, or not at all', () => {
  const mebibyte = 1024 * 1024

  it('data dribble (CVE-2019-9511): a window of an octet at a time', () => {
    const peer = serving(mebibyte, { settings: { initialWindowSize: 0 } })
    peer.send(getRequest(1))
    expectCalm(peer, 20_000, () => windowUpdate(1, 1), 300_000)
  })

  it('data dribble over many streams, by SETTINGS', () => {
    const peer = serving(mebibyte, { settings: { initialWindowSize: 0 } })
    for (let i = 0; i < 100; i++) peer.send(getRequest(id(i)))
    peer.frames()
    expectCalm(peer, 101, (i) => settings({ initialWindowSize: i + 1 }), 200_000)
  })

  it('a small window that is honestly renewed is no dribble', () => {
    const peer = serving(mebibyte, { settings: { initialWindowSize: 1_000 } })
    peer.send(getRequest(1))
    const times = flood(peer, 3_000, () =>
      peer.connection.streams.size === 0 ? [] : [windowUpdate(1, 500), windowUpdate(0, 500)],
    )
    expect([times, peer.connection.closed]).toEqual([3_000, false])
    expect(peer.streams[0]!.closed).toBe(true)
  })

  it('zero-window slow read: what waits is given up after a minute', () => {
    const peer = serving(mebibyte, { settings: { initialWindowSize: 0 } })
    for (let i = 0; i < 100; i++) peer.send(getRequest(id(i)))
    expect(peer.streams.reduce((sum, { queued }) => sum + queued, 0)).toBe(100 * mebibyte)
    for (let time = 0; time <= 61_000; time += 1_000) peer.connection.tick(time)
    expect(peer.said().filter((line) => line.endsWith(' CANCEL')).length).toBe(100)
    expect(peer.heard().filter((line) => line.startsWith('close')).length).toBe(100)
    expect(peer.streams.reduce((sum, { queued }) => sum + queued, 0)).toBe(0)
    expect(peer.connection.streams.size).toBe(0)
    expectBounded(peer)
  })

  it('internal data buffering (CVE-2019-9517): wide windows, and a socket that is never read', () => {
    const peer = serving(mebibyte, { settings: { initialWindowSize: 0x7fff_ffff } })
    peer.send(windowUpdate(0, 0x7fff_0000))
    const write = peer.sink.write.bind(peer.sink)
    peer.sink.write = (buffer, length) => {
      peer.sink.unwritten += length
      return write(buffer, length)
    }
    flood(peer, 100, (i) => getRequest(id(i)))
    expect(peer.sink.unwritten).toBeLessThan(256 * 1024)
    for (let time = 0; time <= 61_000; time += 1_000) peer.connection.tick(time)
    expect(peer.connection.streams.size).toBe(0)
    expect(peer.streams.every(({ queued, waiting }) => queued === 0 && waiting === undefined)).toBe(true)
  })

  it('a peer that never reads while it makes us answer: answers are counted whatever becomes of them', () => {
    const asks: readonly ((i: number) => Buffer)[] = [
      () => ping('abcdefgh'),
      () => settings(),
      (i) => headers(id(i), [...get, 'Bad', 'x']),
      (i) => data(2 * (i % 3) + 1, 0),
    ]
    for (const make of asks) {
      const peer = serving(1)
      peer.sink.unwritten = 1024 * mebibyte
      expectCalm(peer, 1_100, make === asks[3] ? (i) => (i < 3 ? getRequest(id(i)) : make(i)) : make, 30_000)
    }
  })

  it('a body that nobody consumes stops at the connection’s window', () => {
    const peer = peerOf('server', { consumes: false })
    for (let i = 0; i < 5; i++) peer.send(postRequest(id(i)))
    const times = flood(peer, 1_000, (i) => data(id(i % 5), 16_384))
    expect(peer.error?.code).toBe('FLOW_CONTROL_ERROR')
    expect(times * 16_384).toBeLessThanOrEqual(4 * mebibyte + 16_384)
    expectEmpty(peer)
  })
})

describe('huge claimed lengths', () => {
  it('a frame’s length is not allocated before its octets arrive', () => {
    const peer = peerOf('server', { limits: { maxFrameSize: 16_777_215 } })
    peer.send(postRequest(1))
    const head = data(1, 16_000_000).subarray(0, 9)
    peer.send(head)
    expect(peer.connection.incoming.partial!.length).toBeLessThan(100)
    for (let sent = 0; sent < 100_000; sent += 1_000) {
      peer.send(Buffer.alloc(1_000))
      expect(peer.connection.incoming.partial!.length).toBeLessThanOrEqual(2 * (sent + 1_009))
    }
  })

  it('a frame over the limit ends the connection at its head', () => {
    const peer = peerOf('server')
    peer.send(Buffer.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1))
    expect(peer.verdict()).toBe('connection FRAME_SIZE_ERROR')
    expectEmpty(peer)
  })

  it('a string’s length within a header block is not believed', () => {
    const peer = peerOf('server')
    peer.send(
      headers(
        1,
        Buffer.concat([literals(get), Buffer.of(0x00, 0x7f, 0x80, 0xff, 0xff, 0xff, 0x07), Buffer.from('x')]),
      ),
    )
    expect(peer.verdict()).toBe('connection COMPRESSION_ERROR')
    expectEmpty(peer)
  })

  it('a content-length is not allocated', () => {
    const peer = peerOf('server')
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) peer.send(headers(id(i), [...post, 'content-length', '999999999999999']))
    expect(peer.streams.length).toBe(100)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    expectBounded(peer)
  })
})
