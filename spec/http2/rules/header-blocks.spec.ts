import { describe, expect, it } from 'vitest'
import { get, getRequest, ok, peerOf, postRequest, response } from '../raw-peer.ts'
import {
  continuation,
  data,
  frame,
  headers,
  indexed,
  literal,
  literals,
  ping,
  priority,
  reset,
  settings,
  windowUpdate,
} from './frames.ts'

describe('header blocks in several frames (RFC 9113 §4.3, §6.10)', () => {
  const block = Buffer.concat([literals([...get, 'x', 'y'.repeat(50)]), literal('kept', 'yes', 'indexed')])

  it('may be cut at any octet, and at many', () => {
    for (let cut = 0; cut <= block.length; cut++) {
      const peer = peerOf('server')
      peer.send(
        headers(1, block.subarray(0, cut), { more: true, end: true }),
        continuation(1, block.subarray(cut)),
      )
      expect(peer.streams[0]?.headers?.get('kept')).toBe('yes')
      expect(peer.heard()).toEqual(['request 1 GET /', 'end 1'])
    }
    const peer = peerOf('server')
    const parts = Array.from({ length: 30 }, (_, i) =>
      continuation(1, block.subarray(4 * i, 4 * i + 4), { more: true }),
    )
    peer.send(
      headers(1, Buffer.alloc(0), { more: true, end: true }),
      ...parts,
      continuation(1, block.subarray(120)),
    )
    expect(peer.streams[0]?.headers?.get('x')?.length).toBe(50)
  })

  it('so may responses and trailers', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    const answer = literals([...ok, 'a', 'b'])
    const last = literals(['x', 'y'])
    peer.send(headers(1, answer.subarray(0, 3), { more: true }), continuation(1, answer.subarray(3)))
    peer.send(headers(1, last.subarray(0, 1), { more: true, end: true }), continuation(1, last.subarray(1)))
    expect(peer.heard()).toEqual(['headers 1 200', 'end 1 with trailers', 'close 1'])
  })

  it.each([
    ['DATA', data(1, 1)],
    ['HEADERS', getRequest(1)],
    ['HEADERS of another stream', getRequest(3)],
    ['PRIORITY', priority(1)],
    ['RST_STREAM', reset(1)],
    ['SETTINGS', settings()],
    ['PING', ping('abcdefgh')],
    ['WINDOW_UPDATE', windowUpdate(0, 1)],
    ['CONTINUATION of another stream', continuation(3, literals(get))],
    ['an unknown frame', frame(0x42, 0, 1)],
  ])('%s in the middle of one is a PROTOCOL_ERROR', (_, octets) => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { more: true }), octets)
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('a CONTINUATION without HEADERS is a PROTOCOL_ERROR, behind a whole block too', () => {
    for (const before of [
      [],
      [postRequest(1)],
      [headers(1, literals(get), { more: true }), continuation(1, Buffer.alloc(0))],
    ]) {
      const peer = peerOf('server')
      peer.send(...before, continuation(1, Buffer.alloc(0)))
      expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
    }
  })

  it('one that cannot be decoded is a COMPRESSION_ERROR of the connection, for both roles', () => {
    for (const bad of [
      indexed(62),
      Buffer.of(0x80),
      Buffer.of(0x40, 0x05, 0x61),
      Buffer.of(0x82, 0x20),
      Buffer.of(0x3f, 0xe2, 0x1f),
    ]) {
      const server = peerOf('server')
      server.send(headers(1, bad, { end: true }))
      expect(server.verdict()).toBe('connection COMPRESSION_ERROR')
      const client = peerOf('client')
      client.request()
      client.send(headers(1, bad))
      expect(client.verdict()).toBe('connection COMPRESSION_ERROR')
    }
  })

  it('is decoded although its stream is refused, malformed or closed', () => {
    const kept = literal('kept', 'yes', 'indexed')
    for (const [before, id] of [
      [headers(1, Buffer.concat([literals(['Bad', 'x']), kept])), 1],
      [headers(1, Buffer.concat([kept, literals(get)])), 1],
    ] as const) {
      const peer = peerOf('server')
      peer.send(before)
      expect(peer.verdict()).toBe(`stream ${id} PROTOCOL_ERROR`)
      peer.send(headers(3, Buffer.concat([literals(get), indexed(62)])))
      expect(peer.streams[0]!.headers!.get('kept')).toBe('yes')
    }
    const full = peerOf('server', { limits: { maxConcurrentStreams: 1 } })
    full.send(postRequest(1), headers(3, Buffer.concat([literals(get), kept])), reset(1))
    full.send(headers(5, Buffer.concat([literals(get), indexed(62)])))
    expect(full.streams[1]!.headers!.get('kept')).toBe('yes')
  })

  it('of ours are cut into CONTINUATIONs where one frame is too small', () => {
    const server = peerOf('server')
    server.send(getRequest(1))
    const long = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, '\xff'.repeat(1000)]))
    server.streams[0]!.respond({ ':status': 200, ...long }, { end: true })
    const frames = server.frames()
    expect(frames.map(({ type }) => type)).toEqual(['HEADERS', 'CONTINUATION', 'CONTINUATION'])
    expect(frames.map(({ flags }) => flags)).toEqual([1, 0, 4])
    expect(frames[2]!.fields).toEqual([':status', '200', ...Object.entries(long).flat()])
    // Read back by the engine's other role.
    const client = peerOf('client', { limits: { maxHeaderListSize: 100_000 } })
    client.request(get, { end: true })
    client.send(
      headers(1, frames[0]!.payload, { more: true, end: true }),
      continuation(1, frames[1]!.payload, { more: true }),
      continuation(1, frames[2]!.payload),
    )
    expect(client.heard()).toEqual(['headers 1 200', 'end 1', 'close 1'])
  })

  it('of ours in trailers and requests too', () => {
    const client = peerOf('client')
    const stream = client.request([...get, 'long', '\xff'.repeat(20_000)])
    stream.sendTrailers({ long: '\xff'.repeat(40_000) })
    expect(client.frames().map(({ type, flags }) => `${type} ${flags}`)).toEqual([
      'HEADERS 0',
      'CONTINUATION 4',
      'HEADERS 1',
      'CONTINUATION 0',
      'CONTINUATION 4',
    ])
  })

  it('may come with padding and a priority, which are no part of it', () => {
    const peer = peerOf('server')
    peer.send(headers(1, literals(get), { pad: 7, dependsOn: 0x8000_0003, end: true }))
    peer.send(
      headers(3, literals(get).subarray(0, 9), { pad: 200, more: true, end: true }),
      continuation(3, literals(get).subarray(9)),
    )
    expect(peer.heard()).toEqual(['request 1 GET /', 'end 1', 'request 3 GET /', 'end 3'])
  })

  it('of a response to a request that goes on', () => {
    const peer = peerOf('client')
    peer.request()
    peer.send(response(1))
    expect(peer.heard()).toEqual(['headers 1 200'])
  })
})
