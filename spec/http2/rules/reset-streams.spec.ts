import { describe, expect, it } from 'vitest'
import { get, ok, peerOf, postRequest, type RawPeer } from '../raw-peer.ts'
import {
  continuation,
  data,
  headers,
  indexed,
  literal,
  literals,
  priority,
  reset,
  windowUpdate,
} from './frames.ts'

// RFC 9113 §5.1, "closed": frames that were on their way when we reset their stream.
const resetOne = (): RawPeer => {
  const peer = peerOf('server')
  peer.send(postRequest(1))
  peer.streams[0]!.reset('CANCEL')
  peer.frames()
  peer.heard()
  return peer
}

describe('a stream that we have reset', () => {
  it('says so once, and its listener hears of it', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    peer.streams[0]!.reset('INTERNAL_ERROR')
    peer.streams[0]!.reset()
    expect(peer.said()).toEqual(['RST_STREAM 1 INTERNAL_ERROR'])
    expect(peer.heard()).toEqual(['request 1 POST /', 'close 1 INTERNAL_ERROR'])
  })

  it('ignores what still comes', () => {
    const peer = resetOne()
    peer.send(data(1, 100), windowUpdate(1, 5), priority(1), headers(1, ['x', 'y'], { end: true }), reset(1))
    peer.send(data(1, 5, { end: true }))
    expect(peer.said()).toEqual([])
    expect(peer.heard()).toEqual([])
  })

  it('gives its octets back to the connection', () => {
    const peer = resetOne()
    for (let i = 0; i < 131; i++) peer.send(data(1, 16_000, { pad: 100 }))
    expect(peer.said()).toEqual([`WINDOW_UPDATE 0 ${131 * 16_101}`])
    expect(peer.connection.receiveWindow + peer.connection.credit).toBe(4 * 1024 * 1024)
  })

  it('gives back what it held and nobody consumed', () => {
    const peer = peerOf('server', { consumes: false })
    peer.send(postRequest(1), data(1, 9_000))
    expect(peer.connection.credit).toBe(0)
    peer.streams[0]!.reset()
    expect(peer.connection.credit).toBe(9_000)
    peer.streams[0]!.consume(9_000)
    expect(peer.connection.credit).toBe(9_000)
  })

  it('still counts for the table: its trailers are decoded', () => {
    const peer = resetOne()
    peer.send(headers(1, literal('kept', 'yes', 'indexed'), { end: true }))
    peer.send(headers(3, Buffer.concat([literals(get), indexed(62)]), { end: true }))
    expect(peer.streams[1]!.headers!.get('kept')).toBe('yes')
  })

  it('so do trailers in several frames, and broken ones still end the connection', () => {
    const peer = resetOne()
    peer.send(
      headers(1, literal('kept', 'yes', 'indexed'), { end: true, more: true }),
      continuation(1, indexed(62)),
    )
    expect(peer.verdict()).toBe('fine')
    const other = resetOne()
    other.send(headers(1, indexed(99), { end: true }))
    expect(other.verdict()).toBe('connection COMPRESSION_ERROR')
  })

  it('a response to a request that was cancelled is decoded and dropped', () => {
    const peer = peerOf('client')
    peer.request().reset()
    peer.frames()
    peer.send(
      headers(1, Buffer.concat([literals(ok), literal('a', 'b', 'indexed')])),
      data(1, 1000, { end: true }),
    )
    peer.request(get, { end: true })
    peer.send(headers(3, Buffer.concat([literals(ok), indexed(62)]), { end: true }))
    expect(peer.heard()).toEqual(['close 1 CANCEL', 'headers 3 200', 'end 3', 'close 3'])
    expect(peer.connection.credit).toBe(1000)
  })

  it('may not be sent more than the window of the connection', () => {
    const peer = peerOf('server', { limits: { connectionWindow: 65_535 } })
    peer.send(postRequest(1), postRequest(3))
    // The window is full of what the other stream holds.
    peer.streams[1]!.listener = { onData() {} }
    for (let i = 0; i < 3; i++) peer.send(data(3, 16_000))
    peer.streams[0]!.reset()
    peer.send(data(1, 16_384), data(1, 16_384))
    expect(peer.verdict()).toBe('connection FLOW_CONTROL_ERROR')
  })

  it('after a thousand others it is forgotten: it counts as closed', () => {
    const peer = peerOf('server', { limits: { floods: { resets: 10_000 } } })
    for (let id = 1; id <= 2_003; id += 2) {
      peer.send(postRequest(id))
      peer.streams.at(-1)!.reset()
    }
    peer.frames()
    expect(peer.connection.wasReset.size).toBe(1_000)
    peer.send(data(2_003, 1))
    expect(peer.verdict()).toBe('fine')
    peer.send(data(1, 1))
    expect(peer.verdict()).toBe('stream 1 STREAM_CLOSED')
  })
})

describe('RST_STREAM from the peer (RFC 9113 §6.4)', () => {
  it('ends the stream for its listener, with its code, and nothing is answered', () => {
    for (const code of ['CANCEL', 'INTERNAL_ERROR', 'ENHANCE_YOUR_CALM', 'NO_ERROR'] as const) {
      const peer = peerOf('server')
      peer.send(postRequest(1), reset(1, code))
      expect(peer.heard()).toEqual(['request 1 POST /', `close 1 ${code} remote`])
      expect(peer.said()).toEqual([])
    }
  })

  it('REFUSED_STREAM tells a client that the request may be sent again', () => {
    const peer = peerOf('client')
    peer.request()
    peer.send(reset(1, 'REFUSED_STREAM'))
    expect(peer.heard()).toEqual(['close 1 REFUSED_STREAM remote unprocessed'])
  })

  it('NO_ERROR after a full response ends a request that goes on, and is no failure (RFC 9113 §8.1)', () => {
    const peer = peerOf('client')
    const stream = peer.request()
    peer.send(headers(1, ok, { end: true }), reset(1, 'NO_ERROR'))
    expect(peer.heard()).toEqual(['headers 1 200', 'end 1', 'close 1'])
    expect(stream.write('more')).toBe(false)
    expect(peer.said().slice(1)).toEqual([])
  })

  it('NO_ERROR before the response is whole is one', () => {
    const peer = peerOf('client')
    peer.request()
    peer.send(headers(1, ok), data(1, 3), reset(1, 'NO_ERROR'))
    expect(peer.heard().at(-1)).toBe('close 1 NO_ERROR remote')
  })

  it('drops what waited, and other streams go on', () => {
    const peer = peerOf('server', { settings: { initialWindowSize: 0 } })
    peer.send(postRequest(1), postRequest(3))
    for (const stream of peer.streams) {
      stream.respond({ ':status': 200 })
      stream.write('hello')
    }
    peer.frames()
    peer.send(reset(1), windowUpdate(3, 100), windowUpdate(1, 100))
    expect(peer.said()).toEqual(['DATA 3 5'])
    expect(peer.streams[0]!.queued).toBe(0)
  })
})

describe('PUSH_PROMISE and PRIORITY', () => {
  it('PRIORITY is read and ignored, on any stream, also one that is never opened (RFC 9113 §5.3.2, §6.3)', () => {
    const peer = peerOf('server')
    for (const id of [1, 2, 3, 99]) peer.send(priority(id, 7))
    peer.send(headers(5, get, { dependsOn: 99, end: true }))
    expect(peer.verdict()).toBe('fine')
    expect(peer.heard()).toEqual(['request 5 GET /', 'end 5'])
  })

  it('a PRIORITY of another length than 5 ends its stream with FRAME_SIZE_ERROR', () => {
    const peer = peerOf('server')
    const long = Buffer.concat([Buffer.of(0, 0, 6, 2, 0, 0, 0, 0, 1), Buffer.alloc(6)])
    peer.send(postRequest(1), long)
    expect(peer.verdict()).toBe('stream 1 FRAME_SIZE_ERROR')
  })
})
