import { describe, expect, it } from 'vitest'
import { get, ok, peerOf, postRequest } from '../raw-peer.ts'
import { headers } from './frames.ts'

const method = [':method', 'GET']
const scheme = [':scheme', 'http']
const path = [':path', '/']
const authority = [':authority', 'a']
const malformed = 'stream 1 PROTOCOL_ERROR'

function asked(...fields: readonly string[][]): string {
  const peer = peerOf('server')
  peer.send(headers(1, fields.flat(), { end: true }))
  expect(peer.streams.length).toBe(peer.sink.ended || peer.connection.streams.size === 0 ? 0 : 1)
  return peer.verdict()
}

function answered(...fields: readonly string[][]): string {
  const peer = peerOf('client')
  peer.request(get, { end: true })
  peer.frames()
  peer.send(headers(1, fields.flat()))
  return peer.verdict()
}

describe('pseudo-headers of requests (RFC 9113 §8.3, §8.3.1)', () => {
  it('method, scheme and path are enough, in any order', () => {
    expect(asked(path, scheme, method)).toBe('fine')
    expect(asked(authority, method, path, scheme, ['x', 'y'])).toBe('fine')
  })

  it.each([
    ['no :method', [scheme, path]],
    ['no :scheme', [method, path]],
    ['no :path', [method, scheme]],
    ['an empty :method', [[':method', ''], scheme, path]],
    ['an empty :scheme', [method, [':scheme', ''], path]],
    ['an empty :path', [method, scheme, [':path', '']]],
    ['a :path without a slash', [method, scheme, [':path', 'x']]],
    ['* for anything but OPTIONS', [method, scheme, [':path', '*']]],
    ['a :method that is no token', [[':method', 'G ET'], scheme, path]],
    [':method twice', [method, method, scheme, path]],
    [':scheme twice', [method, scheme, scheme, path]],
    [':path twice', [method, scheme, path, path]],
    [':authority twice', [method, scheme, path, authority, authority]],
    ['an unknown one', [method, scheme, path, [':protocol', 'websocket']]],
    ['one in upper case', [[':Method', 'GET'], scheme, path]],
    ['one without a name', [method, scheme, path, [':', 'x']]],
    ['one behind a field', [method, scheme, ['x', 'y'], path]],
    ['one of a response', [method, scheme, path, [':status', '200']]],
    ['only one of a response', [[':status', '200']]],
    ['none at all', [['x', 'y']]],
    ['no field at all', []],
    ['a user in :authority', [method, scheme, path, [':authority', 'user@a']]],
    ['an empty :authority', [method, scheme, path, [':authority', '']]],
  ])('%s is malformed', (_, fields) => {
    expect(asked(...fields)).toBe(malformed)
  })

  it('OPTIONS may ask for *', () => {
    expect(asked([':method', 'OPTIONS'], scheme, [':path', '*'])).toBe('fine')
  })

  it('a path of another scheme than http may be what it likes', () => {
    expect(asked(method, [':scheme', 'urn'], [':path', 'x:y'])).toBe('fine')
  })

  it('CONNECT takes an :authority and nothing else (§8.5)', () => {
    const connect = [':method', 'CONNECT']
    expect(asked(connect, [':authority', 'a:443'])).toBe('fine')
    for (const fields of [
      [connect],
      [connect, [':authority', '']],
      [connect, authority, path],
      [connect, authority, scheme],
      [connect, authority, scheme, path],
    ])
      expect(asked(...fields)).toBe(malformed)
  })
})

describe('host and :authority (RFC 9113 §8.3.1)', () => {
  it('host stands for an :authority that is missing', () => {
    const peer = peerOf('server')
    peer.send(headers(1, [...method, ...scheme, ...path, 'host', 'example:80'], { end: true }))
    expect(peer.streams[0]!.headers!.authority).toBe('example:80')
  })

  it('they may both stand there and agree', () => {
    expect(asked(method, scheme, path, authority, ['host', 'a'])).toBe('fine')
  })

  it('a host that differs is malformed', () => {
    expect(asked(method, scheme, path, authority, ['host', 'b'])).toBe(malformed)
  })

  it('so is a second host that differs, from :authority or from the first', () => {
    expect(asked(method, scheme, path, authority, ['host', 'a'], ['host', 'b'])).toBe(malformed)
    expect(asked(method, scheme, path, ['host', 'a'], ['host', 'b'])).toBe(malformed)
  })
})

describe(':status (RFC 9113 §8.3.2)', () => {
  it.each(['200', '204', '304', '404', '599', '999'])('%s is a response', (status) => {
    expect(answered([':status', status])).toBe('fine')
  })

  it.each([
    ['none', [['x', 'y']]],
    ['an empty one', [[':status', '']]],
    ['two digits', [[':status', '20']]],
    ['four digits', [[':status', '2000']]],
    ['words', [[':status', 'OK']]],
    ['words behind it', [[':status', '200 OK']]],
    ['000', [[':status', '000']]],
    ['101, an upgrade (§8.6)', [[':status', '101']]],
    ['two of them', [ok.slice(), ok.slice()]],
    ['a field before it', [['x', 'y'], ok.slice()]],
    ['a pseudo-header of a request', [ok.slice(), path]],
    ['an unknown pseudo-header', [ok.slice(), [':reason', 'OK']]],
    ['a request', [method, scheme, path]],
  ])('%s is malformed', (_, fields) => {
    expect(answered(...fields)).toBe(malformed)
  })
})

describe('trailers (RFC 9113 §8.1)', () => {
  it.each([
    ['a pseudo-header of a request', [':path', '/'], true],
    [':status', [':status', '200'], true],
    ['an unknown pseudo-header', [':x', 'y'], true],
    ['no end', ['x', 'y'], false],
  ])('with %s are malformed, for both roles', (_, fields, end) => {
    const server = peerOf('server')
    server.send(postRequest(1), headers(1, fields, { end }))
    expect(server.verdict()).toBe(malformed)
    const client = peerOf('client')
    client.request(get, { end: true })
    client.frames()
    client.send(headers(1, ok), headers(1, fields, { end }))
    expect(client.verdict()).toBe(malformed)
  })

  it('may be empty', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), headers(1, [], { end: true }))
    expect(peer.heard().at(-1)).toBe('end 1 with trailers')
  })

  it('arrive as they are', () => {
    let trailers: unknown
    const peer = peerOf('client', { on: { onEnd: (_, block) => (trailers = block?.toJSON()) } })
    peer.request(get, { end: true })
    peer.send(headers(1, ok), headers(1, ['grpc-status', '0', 'x', ''], { end: true }))
    expect(trailers).toEqual({ 'grpc-status': '0', x: '' })
  })
})
