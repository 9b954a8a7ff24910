import { describe, expect, it } from 'vitest'
import { get, getRequest, ok, peerOf, postRequest, response } from '../raw-peer.ts'
import { data, goaway, headers, indexed, literal, literals, ping, reset } from './frames.ts'

describe('a server’s graceful GOAWAY (RFC 9113 §6.8)', () => {
  function draining() {
    const peer = peerOf('server')
    peer.send(postRequest(1))
    peer.connection.shutdown()
    const [first, second] = peer.frames()
    expect([first!.type, second!.type]).toEqual(['GOAWAY', 'PING'])
    expect(first!.payload.toString('hex')).toBe('7fffffff00000000')
    const ack = Buffer.concat([ping('12345678', true).subarray(0, 9), second!.payload])
    return { peer, ack }
  }

  it('says first that there will be an end, and serves what is still on its way', () => {
    const { peer } = draining()
    peer.send(getRequest(3))
    expect(peer.streams.length).toBe(2)
    expect(peer.said()).toEqual([])
  })

  it('names the last request that it takes when the PING is answered', () => {
    const { peer, ack } = draining()
    peer.send(getRequest(3), ack)
    expect(peer.said()).toEqual(['GOAWAY 3 NO_ERROR'])
    expect(peer.connection.closed).toBe(false)
  })

  it('then begins nothing, says nothing of it, and keeps the table and the window', () => {
    const { peer, ack } = draining()
    peer.send(ack)
    peer.frames()
    peer.send(
      headers(3, Buffer.concat([literals(get), literal('a', 'b', 'indexed')])),
      data(3, 700, { end: true }),
    )
    peer.send(headers(3, Buffer.concat([indexed(62)]), { end: true }), reset(3))
    expect(peer.said()).toEqual([])
    expect(peer.streams.length).toBe(1)
    expect(peer.connection.credit).toBe(700)
    peer.send(data(1, 5), headers(1, indexed(62), { end: true }))
    expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 5', 'end 1 with trailers'])
  })

  it('ends the connection with the last stream', () => {
    const { peer, ack } = draining()
    peer.send(ack, data(1, 1, { end: true }))
    peer.streams[0]!.respond(ok, { end: true })
    expect(peer.connection.closed).toBe(true)
    expect(peer.sink.ended).toBe('gracefully')
    expect(peer.error).toBeUndefined()
    expect(peer.heard().slice(-2)).toEqual(['close 1', 'closed'])
  })

  it('never names a later stream than it did before, whatever ends the connection', () => {
    for (const end of ['the last stream', 'a mistake', 'destroy'] as const) {
      const { peer, ack } = draining()
      peer.send(ack, getRequest(3), getRequest(5))
      if (end === 'the last stream') {
        peer.streams[0]!.reset()
      } else if (end === 'a mistake') peer.send(data(99, 1))
      else peer.connection.destroy()
      const last = peer
        .frames()
        .filter(({ type }) => type === 'GOAWAY')
        .map(({ payload }) => payload.readUInt32BE())
      expect(peer.connection.closed).toBe(true)
      expect(
        last.every((id) => id === 1),
        `${end}: ${last.join()}`,
      ).toBe(true)
    }
  })

  it('without streams the connection ends when the PING is answered', () => {
    const peer = peerOf('server')
    peer.connection.shutdown()
    const [, asked] = peer.frames()
    peer.send(Buffer.concat([ping('12345678', true).subarray(0, 9), asked!.payload]))
    expect(peer.connection.closed).toBe(true)
    expect(peer.error).toBeUndefined()
  })

  it('shutdown() twice is once', () => {
    const { peer } = draining()
    peer.connection.shutdown()
    expect(peer.said()).toEqual([])
  })
})

describe('GOAWAY from a server (RFC 9113 §6.8)', () => {
  it('closes streams above the last one as never begun; those below go on', () => {
    const peer = peerOf('client')
    for (let i = 0; i < 3; i++) peer.request(get, { end: true })
    peer.send(goaway(3))
    expect(peer.heard()).toEqual(['close 5 NO_ERROR remote unprocessed', 'goaway NO_ERROR'])
    peer.send(response(1), data(1, 2, { end: true }), response(3, { end: true }))
    expect(peer.heard()).toEqual([
      'headers 1 200',
      'data 1 2',
      'end 1',
      'close 1',
      'headers 3 200',
      'end 3',
      'close 3',
      'closed',
    ])
    expect(peer.sink.ended).toBe('gracefully')
  })

  it('takes no more requests; those that wait were never begun', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 1 } })
    peer.request()
    peer.request()
    peer.send(goaway(0x7fff_ffff))
    expect(peer.heard()).toEqual(['close 0 NO_ERROR remote unprocessed', 'goaway NO_ERROR'])
    expect(() => peer.request()).toThrow('takes no more streams')
  })

  it('a request that is sent again as soon as it fails is not opened on the same connection', () => {
    for (const settings of [{}, { maxConcurrentStreams: 1 }]) {
      const refused: unknown[] = []
      let tries = 0
      const peer = peerOf('client', {
        settings,
        on: {
          onClose() {
            // Bounded: what is wrong here may have no end.
            if (++tries > 10) return
            try {
              peer.request(get, { end: true })
            } catch (error) {
              refused.push(error)
            }
          },
        },
      })
      peer.request(get, { end: true })
      peer.request(get, { end: true })
      peer.frames()
      peer.send(goaway(0))
      expect(peer.said().filter((line) => line.startsWith('HEADERS'))).toEqual([])
      expect(tries).toBe(2)
      expect(refused).toMatchObject([{ unprocessed: true }, { unprocessed: true }])
    }
  })

  it('a second one may name an earlier stream, not a later one', () => {
    const peer = peerOf('client')
    for (let i = 0; i < 4; i++) peer.request()
    peer.send(goaway(0x7fff_ffff), goaway(5), goaway(5), goaway(3))
    expect(peer.heard().filter((line) => line.startsWith('close'))).toEqual([
      'close 7 NO_ERROR remote unprocessed',
      'close 5 NO_ERROR remote unprocessed',
    ])
    peer.frames()
    peer.send(goaway(5))
    expect(peer.verdict()).toBe('connection PROTOCOL_ERROR')
  })

  it('its code and words are passed on, without what has no place in a message', () => {
    const messages: string[] = []
    const peer = peerOf('client', { onConnection: { onGoaway: (error) => messages.push(error.message) } })
    peer.request()
    peer.send(goaway(1, 'ENHANCE_YOUR_CALM', 'too_many_pings\r\n\x1b[31m'))
    expect(messages).toEqual(['the peer ends the connection: ENHANCE_YOUR_CALM: too_many_pings???[31m'])
  })

  it('with nothing open ends the connection', () => {
    const peer = peerOf('client')
    peer.send(goaway(0))
    expect(peer.connection.closed).toBe(true)
    expect(peer.error).toBeUndefined()
  })

  it('a client’s shutdown lets its streams end, those that wait too', () => {
    const peer = peerOf('client', { settings: { maxConcurrentStreams: 1 } })
    peer.request(get, { end: true })
    peer.request(get, { end: true })
    peer.connection.shutdown()
    peer.send(response(1, { end: true }))
    expect(peer.connection.closed).toBe(false)
    peer.send(response(3, { end: true }))
    expect(peer.connection.closed).toBe(true)
    expect(peer.heard()).toContain('close 3')
    expect(peer.said().at(-1)).toBe('GOAWAY 0 NO_ERROR')
  })
})

describe('GOAWAY from a client', () => {
  it('leaves its requests alone', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), goaway(0), data(1, 1, { end: true }))
    expect(peer.heard()).toEqual(['request 1 POST /', 'goaway NO_ERROR', 'data 1 1', 'end 1'])
    peer.streams[0]!.respond(ok, { end: true })
    expect(peer.heard()).toEqual(['close 1'])
  })
})
