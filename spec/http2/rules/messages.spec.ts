import { describe, expect, it } from 'vitest'
import type { HeaderInit } from '../../../lib/http2/sent-headers.ts'
import { get, getRequest, ok, peerOf, post, response } from '../raw-peer.ts'
import { data, headers } from './frames.ts'

const malformed = 'stream 1 PROTOCOL_ERROR'
const trailers = (id: number): Buffer => headers(id, ['x', 'y'], { end: true })

describe('content-length against the body of a request (RFC 9113 §8.1.1)', () => {
  it.each([
    ['an exact body', '5', [data(1, 5, { end: true })], 'fine'],
    [
      'one in pieces, with padding',
      '5',
      [data(1, 2, { pad: 9 }), data(1, 3), data(1, 0, { end: true })],
      'fine',
    ],
    ['one and trailers', '5', [data(1, 5), trailers(1)], 'fine'],
    ['no body for 0', '0', [data(1, 0, { end: true })], 'fine'],
    ['one octet too few', '5', [data(1, 4, { end: true })], malformed],
    ['too few before trailers', '5', [data(1, 4), trailers(1)], malformed],
    ['one octet too many', '5', [data(1, 6)], malformed],
    ['one too many behind the rest', '5', [data(1, 5), data(1, 1)], malformed],
    ['anything for 0', '0', [data(1, 1)], malformed],
  ])('%s', (_, length, body, due) => {
    const peer = peerOf('server')
    peer.send(headers(1, [...post, 'content-length', length]), ...body)
    expect(peer.verdict()).toBe(due)
  })

  it('what is too long is not given to the listener, and no end is told', () => {
    const peer = peerOf('server')
    peer.send(headers(1, [...post, 'content-length', '5']), data(1, 3), data(1, 3, { end: true }))
    expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 3', 'close 1 PROTOCOL_ERROR'])
  })

  it('a request that ends in its headers has no body', () => {
    const peer = peerOf('server')
    peer.send(
      headers(1, [...post, 'content-length', '5'], { end: true }),
      headers(3, [...get, 'content-length', '0'], { end: true }),
    )
    expect(peer.verdict()).toBe(malformed)
    expect(peer.heard()).toEqual(['request 3 GET /', 'end 3'])
  })
})

describe('content-length against the body of a response', () => {
  const cases: readonly (readonly [string, readonly string[], HeaderInit, Buffer[], string])[] = [
    ['an exact body', ['content-length', '5'], get, [data(1, 5, { end: true })], 'fine'],
    ['too short', ['content-length', '5'], get, [data(1, 4, { end: true })], malformed],
    ['too short before trailers', ['content-length', '5'], get, [data(1, 4), trailers(1)], malformed],
    ['too long', ['content-length', '5'], get, [data(1, 6, { end: true })], malformed],
    [
      'any length behind HEAD',
      ['content-length', '5'],
      [':method', 'HEAD', ...get.slice(2)],
      [data(1, 0, { end: true })],
      'fine',
    ],
    [
      'a body behind HEAD',
      ['content-length', '5'],
      [':method', 'HEAD', ...get.slice(2)],
      [data(1, 5, { end: true })],
      malformed,
    ],
    [
      'trailers behind HEAD',
      ['content-length', '5'],
      [':method', 'HEAD', ...get.slice(2)],
      [trailers(1)],
      'fine',
    ],
  ]
  it.each(cases)('%s', (_, fields, request, body, due) => {
    const peer = peerOf('client')
    peer.request(request, { end: true })
    peer.frames()
    peer.send(headers(1, [...ok, ...fields]), ...body)
    expect(peer.verdict()).toBe(due)
  })

  it.each([
    ['HEAD', '200'],
    ['GET', '304'],
    ['GET', '204'],
  ])('%s and %s may name a length without a body', (method, status) => {
    const peer = peerOf('client')
    peer.request([':method', method, ...get.slice(2)], { end: true })
    peer.frames()
    peer.send(headers(1, [':status', status, 'content-length', '5'], { end: true }))
    expect(peer.verdict()).toBe('fine')
    expect(peer.heard()).toEqual([`headers 1 ${status}`, 'end 1', 'close 1'])
  })

  it.each(['204', '304'])('%s has no body', (status) => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.frames()
    peer.send(headers(1, [':status', status]), data(1, 1))
    expect(peer.verdict()).toBe(malformed)
  })

  it('a response that ends in its headers and names a length is malformed, unless it has none by its nature', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.frames()
    peer.send(headers(1, [...ok, 'content-length', '5'], { end: true }))
    expect(peer.verdict()).toBe(malformed)
  })
})

describe('interim responses (RFC 9113 §8.1)', () => {
  it('come before the response, any number of them', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.send(
      headers(1, [':status', '100']),
      headers(1, [':status', '103', 'link', '</a>']),
      response(1, { end: true }),
    )
    expect(peer.heard()).toEqual(['interim 1 100', 'interim 1 103', 'headers 1 200', 'end 1', 'close 1'])
  })

  it.each([
    ['that ends the stream', [headers(1, [':status', '100'], { end: true })]],
    ['and DATA without a response', [headers(1, [':status', '100']), data(1, 1)]],
    ['and trailers without a response', [headers(1, [':status', '100']), trailers(1)]],
    ['behind the response', [headers(1, ok), headers(1, [':status', '100'])]],
  ])('one %s is malformed', (_, frames) => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.frames()
    peer.send(...frames)
    expect(peer.verdict()).toBe(malformed)
  })

  it('a server sends them before its response', () => {
    const peer = peerOf('server')
    peer.send(getRequest(1))
    const [stream] = peer.streams
    stream!.respond({ ':status': 103, link: '</a>' })
    stream!.respond({ ':status': 103 })
    stream!.respond({ ':status': 200 }, { end: true })
    expect(peer.said()).toEqual([
      'HEADERS 1 :status=103 link=</a>',
      'HEADERS 1 :status=103',
      'HEADERS 1 :status=200 end',
    ])
  })

  it('a second response is malformed', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.frames()
    peer.send(response(1), response(1, { end: true }))
    expect(peer.verdict()).toBe(malformed)
  })
})
