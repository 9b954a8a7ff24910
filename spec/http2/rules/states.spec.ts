import { describe, expect, it } from 'vitest'
import { get, getRequest, ok, peerOf, postRequest, response, type RawPeer } from '../raw-peer.ts'
import { continuation, data, frame, headers, literals, priority, reset, windowUpdate } from './frames.ts'

// RFC 9113 §5.1: what a frame does in each state of its stream.
const trailers = (id: number): Buffer => headers(id, ['x', 'y'], { end: true })

const frames: Readonly<Record<string, (id: number) => Buffer>> = {
  DATA: (id) => data(id, 3),
  HEADERS: trailers,
  PRIORITY: (id) => priority(id, 0),
  RST_STREAM: (id) => reset(id),
  WINDOW_UPDATE: (id) => windowUpdate(id, 10),
  CONTINUATION: (id) => continuation(id, literals(get)),
  PUSH_PROMISE: (id) => frame(5, 4, id, Buffer.concat([Buffer.of(0, 0, 0, 2), literals(get)])),
}

const conn = (code: string): string => `connection ${code}`

interface State {
  readonly name: string
  readonly id: number
  /** Leads there, from an open connection. */
  readonly enter: (peer: RawPeer) => void
  /** What is due, frame by frame; `fine` where nothing stands. */
  readonly due: Readonly<Record<string, string>>
}

const always = { CONTINUATION: conn('PROTOCOL_ERROR'), PUSH_PROMISE: conn('PROTOCOL_ERROR') }
const idle = {
  ...always,
  DATA: conn('PROTOCOL_ERROR'),
  RST_STREAM: conn('PROTOCOL_ERROR'),
  WINDOW_UPDATE: conn('PROTOCOL_ERROR'),
}

const serverStates: readonly State[] = [
  // A block without pseudo-headers is a malformed request.
  { name: 'idle', id: 5, enter: () => {}, due: { ...idle, HEADERS: 'stream 5 PROTOCOL_ERROR' } },
  {
    name: 'idle, with an id of ours',
    id: 2,
    enter: () => {},
    due: { ...idle, HEADERS: conn('PROTOCOL_ERROR') },
  },
  { name: 'open', id: 1, enter: (peer) => peer.send(postRequest(1)), due: always },
  {
    name: 'half-closed (local)',
    id: 1,
    enter(peer) {
      peer.send(postRequest(1))
      peer.streams[0]!.respond({ ':status': 200 }, { end: true })
    },
    due: always,
  },
  {
    name: 'half-closed (remote)',
    id: 1,
    enter: (peer) => peer.send(getRequest(1)),
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: 'stream 1 STREAM_CLOSED' },
  },
  {
    name: 'closed by both ends',
    id: 1,
    enter(peer) {
      peer.send(getRequest(1))
      peer.streams[0]!.respond({ ':status': 200 }, { end: true })
    },
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: conn('STREAM_CLOSED') },
  },
  {
    name: 'reset by the peer',
    id: 1,
    enter: (peer) => peer.send(postRequest(1), reset(1)),
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: conn('STREAM_CLOSED') },
  },
  {
    name: 'reset by us',
    id: 1,
    enter(peer) {
      peer.send(postRequest(1))
      peer.streams[0]!.reset()
    },
    due: always,
  },
]

const clientStates: readonly State[] = [
  { name: 'idle', id: 1, enter: () => {}, due: { ...idle, HEADERS: conn('PROTOCOL_ERROR') } },
  {
    name: "idle, with a server's id",
    id: 2,
    enter: () => {},
    due: { ...idle, HEADERS: conn('PROTOCOL_ERROR') },
  },
  {
    name: 'open',
    id: 1,
    enter(peer) {
      peer.request()
      peer.send(response(1))
    },
    due: always,
  },
  {
    name: 'open, before the response',
    id: 1,
    enter: (peer) => void peer.request(),
    due: { ...always, DATA: 'stream 1 PROTOCOL_ERROR', HEADERS: 'stream 1 PROTOCOL_ERROR' },
  },
  {
    name: 'half-closed (local)',
    id: 1,
    enter(peer) {
      peer.request(get, { end: true })
      peer.send(response(1))
    },
    due: always,
  },
  {
    name: 'half-closed (remote)',
    id: 1,
    enter(peer) {
      peer.request()
      peer.send(response(1, { end: true }))
    },
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: 'stream 1 STREAM_CLOSED' },
  },
  {
    name: 'closed by both ends',
    id: 1,
    enter(peer) {
      peer.request(get, { end: true })
      peer.send(response(1, { end: true }))
    },
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: 'stream 1 STREAM_CLOSED' },
  },
  {
    name: 'reset by the peer',
    id: 1,
    enter(peer) {
      peer.request()
      peer.send(reset(1))
    },
    due: { ...always, DATA: 'stream 1 STREAM_CLOSED', HEADERS: 'stream 1 STREAM_CLOSED' },
  },
  {
    name: 'reset by us',
    id: 1,
    enter: (peer) => peer.request().reset(),
    due: always,
  },
]

for (const [role, states] of [
  ['server', serverStates],
  ['client', clientStates],
] as const) {
  describe.each(states)(`a ${role}'s stream that is $name`, ({ id, enter, due }) => {
    it.each(Object.keys(frames))('takes %s as it should', (type) => {
      const peer = peerOf(role)
      enter(peer)
      peer.frames()
      peer.send(frames[type]!(id))
      expect(peer.verdict()).toBe(due[type] ?? 'fine')
    })
  })
}

describe('a stream from its opening to its end', () => {
  it('a server hears a request, its body and its end, and that both have ended', () => {
    const peer = peerOf('server')
    peer.send(postRequest(1), data(1, 5), data(1, 0, { end: true }))
    expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 5', 'end 1'])
    peer.streams[0]!.respond({ ':status': 200 })
    peer.streams[0]!.end('hi')
    expect(peer.said()).toEqual(['HEADERS 1 :status=200', 'DATA 1 2 end'])
    expect(peer.heard()).toEqual(['close 1'])
    expect(peer.connection.streams.size).toBe(0)
  })

  it('a response that ends before its request leaves the stream open for the rest', () => {
    const peer = peerOf('server', { onStream: (stream) => stream.respond({ ':status': 200 }, { end: true }) })
    peer.send(postRequest(1), data(1, 5))
    expect(peer.connection.streams.size).toBe(1)
    peer.send(data(1, 2, { end: true }))
    expect(peer.heard()).toEqual(['request 1 POST /', 'data 1 5', 'data 1 2', 'end 1', 'close 1'])
    expect(peer.connection.streams.size).toBe(0)
  })

  it('a client hears a response, its body and its trailers', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.send(response(1), data(1, 5), trailers(1))
    expect(peer.heard()).toEqual(['headers 1 200', 'data 1 5', 'end 1 with trailers', 'close 1'])
  })

  it('both sides may send at once', () => {
    const peer = peerOf('client')
    const stream = peer.request()
    peer.send(headers(1, ok), data(1, 5))
    stream.write('abc')
    peer.send(data(1, 5))
    stream.end('d')
    peer.send(data(1, 0, { end: true }))
    expect(peer.said().slice(1)).toEqual(['DATA 1 3', 'DATA 1 1 end'])
    expect(peer.heard()).toEqual(['headers 1 200', 'data 1 5', 'data 1 5', 'end 1', 'close 1'])
  })

  it('a stream that ends in its headers has no body to hear of', () => {
    const peer = peerOf('client')
    peer.request(get, { end: true })
    peer.send(response(1, { end: true }))
    expect(peer.heard()).toEqual(['headers 1 200', 'end 1', 'close 1'])
  })
})
