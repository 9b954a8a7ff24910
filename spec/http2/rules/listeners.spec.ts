import { describe, expect, it } from 'vitest'
import type { Http2Stream, StreamListener } from '../../../lib/http2/stream-face.ts'
import { get, getRequest, ok, peerOf, postRequest, response, type RawPeer } from '../raw-peer.ts'
import { data, goaway, headers, ping, settings, windowUpdate } from './frames.ts'

describe('a listener that throws', () => {
  const fault = new Error('a fault')
  const fail = (): never => {
    throw fault
  }

  /** Another stream still works. */
  function expectLife(peer: RawPeer, id: number): void {
    expect([peer.connection.closed, peer.faults]).toEqual([false, [fault]])
    if (peer.connection.isServer) {
      peer.send(postRequest(id))
      const stream = peer.streams.at(-1)!
      stream.listener = {}
      stream.respond(ok, { end: true })
      expect(peer.said()).toEqual([`HEADERS ${id} :status=200 end`])
    } else {
      const heard: number[] = []
      peer.request(get, { end: true, listener: { onHeaders: (_, block) => heard.push(block.status) } })
      peer.send(response(id, { end: true }))
      expect(heard).toEqual([200])
    }
  }

  const reset = 'RST_STREAM 1 INTERNAL_ERROR'

  it('onStream', () => {
    let first = true
    const peer = peerOf('server', {
      onStream() {
        if (first) {
          first = false
          fail()
        }
      },
    })
    peer.send(getRequest(1))
    expect(peer.said()).toEqual([reset])
    expect(peer.heard()).toEqual(['request 1 GET /', 'close 1 INTERNAL_ERROR'])
    expectLife(peer, 3)
  })

  const onServer: readonly (readonly [keyof StreamListener, (peer: RawPeer) => void])[] = [
    ['onData', (peer) => peer.send(postRequest(1), data(1, 5, { end: true }))],
    ['onEnd', (peer) => peer.send(postRequest(1), data(1, 0, { end: true }))],
  ]
  it.each(onServer)('%s of a request', (name, act) => {
    const peer = peerOf('server', { on: { [name]: fail } })
    act(peer)
    expect(peer.said()).toEqual([reset])
    expect(peer.heard().at(-1)).toBe('close 1 INTERNAL_ERROR')
    expect(peer.connection.credit).toBe(name === 'onData' ? 5 : 0)
    expectLife(peer, 3)
  })

  const onClient: readonly (readonly [keyof StreamListener, readonly Buffer[]])[] = [
    ['onInterim', [headers(1, [':status', '103']), response(1, { end: true })]],
    ['onHeaders', [response(1), data(1, 5, { end: true })]],
    ['onData', [response(1), data(1, 5), data(1, 5, { end: true })]],
    ['onEnd', [response(1), data(1, 0, { end: true })]],
  ]
  it.each(onClient)('%s of a response', (name, frames) => {
    const peer = peerOf('client', { on: { [name]: fail } })
    peer.request()
    peer.frames()
    peer.send(...frames)
    expect(peer.said()).toEqual([reset])
    expect(peer.heard().at(-1)).toBe('close 1 INTERNAL_ERROR')
    expectLife(peer, 3)
  })

  it('onDrain, wherever room comes from', () => {
    const rooms: readonly ((peer: RawPeer) => void)[] = [
      (peer) => peer.send(windowUpdate(1, 100)),
      (peer) => peer.send(settings({ initialWindowSize: 100 })),
    ]
    for (const room of rooms) {
      const peer = peerOf('server', { settings: { initialWindowSize: 0 }, on: { onDrain: fail } })
      peer.send(postRequest(1), postRequest(3))
      for (const stream of peer.streams) {
        stream.respond(ok)
        stream.write('hello')
      }
      peer.streams[1]!.listener = {}
      peer.frames()
      room(peer)
      expect(peer.said()).toContain(reset)
      peer.send(windowUpdate(3, 100))
      expect(peer.streams[1]!.queued).toBe(0)
      peer.frames()
      expectLife(peer, 5)
    }
  })

  it('onClose: its stream has ended anyway', () => {
    const server = peerOf('server', { on: { onClose: fail } })
    server.send(getRequest(1))
    server.streams[0]!.respond(ok, { end: true })
    expect(server.said()).toEqual(['HEADERS 1 :status=200 end'])
    expectLife(server, 3)
    const lost = peerOf('client', { on: { onClose: fail } })
    for (let i = 0; i < 3; i++) lost.request()
    lost.connection.lost()
    expect(lost.faults).toEqual([fault, fault, fault])
    expect(lost.heard().at(-1)).toBe('closed INTERNAL_ERROR')
  })

  it('onClose of one does not keep the others from hearing of the connection’s end', () => {
    const heard: string[] = []
    const peer = peerOf('client')
    peer.request(get, { listener: { onClose: fail } })
    peer.request(get, { listener: { onClose: (stream: Http2Stream) => heard.push(`close ${stream.id}`) } })
    peer.send(goaway(0))
    expect(heard).toEqual(['close 3'])
    expect([peer.faults, peer.connection.closed]).toEqual([[fault], true])
  })

  it('the answer to a PING: no stream’s, and not the connection’s either', () => {
    const peer = peerOf('client')
    peer.connection.ping(fail)
    const [asked] = peer.frames()
    peer.send(Buffer.concat([ping('12345678', true).subarray(0, 9), asked!.payload]))
    expectLife(peer, 1)
  })

  it('the answer to a PING, at the connection’s end', () => {
    const peer = peerOf('client')
    peer.connection.ping(fail)
    peer.connection.destroy()
    expect([peer.faults, peer.sink.ended, peer.heard()]).toEqual([[fault], 'gracefully', ['closed']])
  })

  it('onReady and onGoaway of the connection', () => {
    const peer = peerOf('client', { onConnection: { onReady: fail } })
    expectLife(peer, 1)
    const other = peerOf('client', { onConnection: { onGoaway: fail } })
    other.request(get, { end: true })
    other.send(goaway(1), response(1, { end: true }))
    expect([other.faults, other.error, other.connection.closed]).toEqual([[fault], undefined, true])
    expect(other.heard()).toEqual(['goaway NO_ERROR', 'headers 1 200', 'end 1', 'close 1', 'closed'])
  })

  it('onClose of the connection, however it ends: nothing escapes', () => {
    const ends: readonly ((peer: RawPeer) => void)[] = [
      ({ connection }) => connection.destroy(),
      ({ connection }) => connection.lost(),
      (peer) => peer.send(data(0, 1)),
      ({ connection }) => connection.tick(1e9),
    ]
    for (const end of ends) {
      const peer = peerOf('server', { onConnection: { onClose: fail }, acks: false })
      end(peer)
      expect([peer.faults, peer.connection.closed, peer.sink.ended !== undefined]).toEqual([
        [fault],
        true,
        true,
      ])
    }
  })
})

describe('whatever a listener does in its callback', () => {
  const acts: readonly (readonly [string, (stream: Http2Stream, peer: RawPeer) => void])[] = [
    ['resets its stream', (stream) => stream.reset()],
    ['destroys the connection', (_, { connection }) => connection.destroy()],
    ['loses the connection', (_, { connection }) => connection.lost(new Error('gone'))],
    ['shuts the connection down', (_, { connection }) => connection.shutdown()],
    [
      'resets all streams',
      (_, { connection }) => connection.streams.all().forEach((stream) => stream.reset()),
    ],
  ]
  const server: readonly Buffer[] = [
    postRequest(1),
    postRequest(3),
    data(1, 9),
    data(1, 9, { end: true }),
    data(3, 1, { end: true }),
  ]
  const client: readonly Buffer[] = [
    headers(1, [':status', '103']),
    response(1),
    response(3),
    data(1, 9),
    windowUpdate(1, 10),
    windowUpdate(3, 10),
    data(1, 9, { end: true }),
    data(3, 0, { end: true }),
  ]
  const names = ['onHeaders', 'onInterim', 'onData', 'onEnd', 'onDrain', 'onClose'] as const

  describe.each(acts)('%s', (_, act) => {
    it.each(names)('in %s: every stream hears of its end once, and nothing is thrown', (name) => {
      for (const role of ['server', 'client'] as const) {
        const peer = peerOf(role, {
          settings: { initialWindowSize: 3 },
          on: { [name]: (stream: Http2Stream) => act(stream, peer) },
        })
        if (role === 'client') for (let i = 0; i < 2; i++) peer.request().write('hello')
        peer.frames()
        peer.send(...(role === 'server' ? server : client))
        if (role === 'server')
          for (const stream of peer.streams) if (!stream.closed) stream.respond(ok, { end: true })
        peer.connection.lost()
        const closes = peer.heard().filter((line) => line.startsWith('close '))
        expect(closes.map((line) => line.slice(0, 7)).toSorted()).toEqual(
          role === 'client' || peer.streams.length === 2 ? ['close 1', 'close 3'] : ['close 1'],
        )
        expect([peer.faults, peer.connection.streams.size, peer.connection.closed]).toEqual([[], 0, true])
      }
    })
  })
})
