import { describe, expect, it } from 'vitest'
import { get, ok, peerOf, post, postRequest, response } from '../raw-peer.ts'
import { headers } from './frames.ts'

/** What a server makes of a request with these fields behind the pseudo-headers. */
function asked(...fields: string[]): string {
  const peer = peerOf('server')
  peer.send(headers(1, [...get, ...fields], { end: true }))
  return peer.verdict()
}

/** What a client makes of a response. */
function answered(...fields: string[]): string {
  const peer = peerOf('client')
  peer.request(get, { end: true })
  peer.frames()
  peer.send(headers(1, [...ok, ...fields]))
  return peer.verdict()
}

/** What a server makes of trailers. */
function trailed(...fields: string[]): string {
  const peer = peerOf('server')
  peer.send(postRequest(1), headers(1, fields, { end: true }))
  return peer.verdict()
}

const malformed = 'stream 1 PROTOCOL_ERROR'

describe('names of fields (RFC 9113 §8.2.1)', () => {
  const bad = [
    'Upper',
    'a b',
    '',
    'a:b',
    'naïve',
    'a\0',
    'a\n',
    'tab\t',
    'del\x7f',
    'high\xff',
    ' a',
    'a ',
    '"',
    '(x)',
    'a,b',
    'a;b',
    'a=b',
    '{',
    '@',
  ]

  it.each(bad)('%j is malformed, in requests, responses and trailers', (name) => {
    expect([asked(name, 'x'), answered(name, 'x'), trailed(name, 'x')]).toEqual([
      malformed,
      malformed,
      malformed,
    ])
  })

  it.each(['a', 'x-y', 'a_b', "!#$%&'*+-.^_`|~", '0', 'constructor', '__proto__', 'tostring'])(
    '%j is a name',
    (name) => {
      expect([asked(name, 'x'), answered(name, 'x'), trailed(name, 'x')]).toEqual(['fine', 'fine', 'fine'])
    },
  )
})

describe('values of fields (RFC 9113 §8.2.1)', () => {
  it.each(['a\0b', '\0', 'a\nb', 'a\rb', '\r\n', ' a', 'a ', '\ta', 'a\t', ' ', '\t'])(
    '%j is malformed',
    (value) => {
      expect([asked('x', value), answered('x', value), trailed('x', value)]).toEqual([
        malformed,
        malformed,
        malformed,
      ])
    },
  )

  it.each(['', 'a b', 'a\tb', 'naïve', '\x7f', '\x80\xff', '"quoted"', 'a,b;c'])('%j is a value', (value) => {
    expect([asked('x', value), answered('x', value), trailed('x', value)]).toEqual(['fine', 'fine', 'fine'])
  })

  it('pseudo-headers hold to it too', () => {
    for (const value of ['/a\0', '/a\r\n', ' /', '/ ']) {
      const peer = peerOf('server')
      peer.send(headers(1, [':method', 'GET', ':scheme', 'http', ':path', value], { end: true }))
      expect(peer.verdict()).toBe(malformed)
    }
  })

  it('octets above 127 arrive as they were', () => {
    const peer = peerOf('server')
    peer.send(headers(1, [...get, 'x', '\xe9\x80\xff'], { end: true }))
    expect(peer.streams[0]!.headers!.get('x')).toBe('\xe9\x80\xff')
  })
})

describe('fields of HTTP/1.1 connections (RFC 9113 §8.2.2)', () => {
  it.each([
    ['connection', 'close'],
    ['connection', 'te'],
    ['keep-alive', 'timeout=5'],
    ['proxy-connection', 'close'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['te', 'gzip'],
    ['te', 'trailers, gzip'],
    ['te', ''],
  ])('%s: %s is malformed', (name, value) => {
    expect([asked(name, value), answered(name, value), trailed(name, value)]).toEqual([
      malformed,
      malformed,
      malformed,
    ])
  })

  it('te: trailers is none of them', () => {
    expect(asked('te', 'trailers')).toBe('fine')
  })
})

describe('cookie and repeated fields (RFC 9113 §8.2.3)', () => {
  it('crumbs of a cookie are joined by "; ", others by ", "', () => {
    const peer = peerOf('server')
    peer.send(headers(1, [...get, 'cookie', 'a=b', 'x', '1', 'cookie', 'c=d', 'x', '2'], { end: true }))
    const block = peer.streams[0]!.headers!
    expect([block.get('cookie'), block.get('x'), block.get('y')]).toEqual(['a=b; c=d', '1, 2', undefined])
    expect(block.toJSON()).toMatchObject({ cookie: 'a=b; c=d', x: '1, 2', ':method': 'GET' })
    expect([...block].filter(([name]) => name === 'x')).toEqual([
      ['x', '1'],
      ['x', '2'],
    ])
  })
})

describe('content-length (RFC 9113 §8.1.1)', () => {
  it.each(['-1', '+1', '1.5', 'x', '', '1 2', '0x10', '1e3', '99999999999999999999'])(
    '%j is malformed',
    (value) => {
      expect([asked('content-length', value), answered('content-length', value)]).toEqual([
        malformed,
        malformed,
      ])
    },
  )

  it('two that differ are malformed, two that agree are not', () => {
    expect(answered('content-length', '5', 'content-length', '6')).toBe(malformed)
    expect(answered('content-length', '5', 'content-length', '5')).toBe('fine')
  })

  it('a malformed request never reaches a listener', () => {
    const peer = peerOf('server')
    peer.send(headers(1, [...post, 'content-length', '-5']), headers(3, [...get, 'Bad', 'x'], { end: true }))
    expect(peer.heard()).toEqual([])
    expect(peer.verdict()).toBe('stream 1 PROTOCOL_ERROR, stream 3 PROTOCOL_ERROR')
    peer.send(postRequest(5))
    expect(peer.heard()).toEqual(['request 5 POST /'])
  })

  it('a malformed response is told to its listener as a failure, and nothing else is', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.request(get, { end: true })
    peer.send(headers(1, [...ok, 'Bad', 'x']), response(3, { end: true }))
    expect(peer.heard()).toEqual(['close 1 PROTOCOL_ERROR', 'headers 3 200', 'end 3', 'close 3'])
  })
})
