import { describe, expect, it } from 'vitest'
import { headerList, type HeaderList } from '../../../lib/http2/sent-headers.ts'
import type { SendOptions } from '../../../lib/http2/stream-face.ts'
import { getRequest, peerOf, type RawPeer } from '../raw-peer.ts'
import { settings, type Frame } from './frames.ts'

const list = headerList({
  ':status': 200,
  'content-type': 'application/json',
  'x-service': 'cities',
  'x-long': 'y'.repeat(40),
})
let next = 1

/** Answers a request with a list; the frame as the peer reads it. */
function answer(peer: RawPeer, headers: HeaderList, options: SendOptions = {}): Frame {
  peer.send(getRequest((next += 2)))
  peer.streams.at(-1)!.respond(headers, { ...options, end: true })
  const frame = peer.frames().findLast(({ type }) => type === 'HEADERS')!
  expect(frame.fields).toEqual([...headers.fields, ...((options.extra as string[] | undefined) ?? [])])
  return frame
}

describe('lists that are sent again and again', () => {
  it('get shorter, then are the same octets', () => {
    const peer = peerOf('server')
    const [first, second, third, fourth] = [1, 2, 3, 4].map(() => answer(peer, list).block!)
    expect(second!.length).toBeLessThan(first!.length / 4)
    expect(third).toEqual(second)
    expect(fourth).toEqual(second)
  })

  it('are right again after another list has changed the table', () => {
    const peer = peerOf('server')
    const other = headerList({ ':status': 200, 'x-other': 'z', 'x-service': 'rivers' })
    for (let i = 0; i < 3; i++) answer(peer, list)
    for (let i = 0; i < 3; i++) answer(peer, other)
    for (let i = 0; i < 3; i++) answer(peer, list)
    expect(answer(peer, list).fields).toEqual(list.fields)
  })

  it('are right again after the peer has changed its table, to nothing and back', () => {
    const peer = peerOf('server')
    for (let i = 0; i < 3; i++) answer(peer, list)
    const sizes: number[] = []
    for (const headerTableSize of [0, 4096, 100, 65_536, 0]) {
      peer.send(settings({ headerTableSize }))
      for (let i = 0; i < 3; i++) sizes.push(answer(peer, list).block!.length)
    }
    // Nothing can be kept in no table; in a large one it can.
    expect(sizes[2]).toBeGreaterThan(60)
    expect(sizes[5]).toBeLessThan(10)
    expect(sizes.at(-1)).toBeGreaterThan(60)
  })

  it('are right when more lists are in use than the table holds', () => {
    const peer = peerOf('server')
    const lists = Array.from({ length: 300 }, (_, i) =>
      headerList({ ':status': 200, 'x-name': `${i}`.repeat(20) }),
    )
    for (let round = 0; round < 3; round++) for (const each of lists) answer(peer, each)
    expect(peer.connection.encoder.tableSize).toBeLessThanOrEqual(4096)
  })

  it('fields of one message alone stand behind them and change nothing', () => {
    const peer = peerOf('server')
    for (let i = 0; i < 3; i++) answer(peer, list)
    const { generation } = peer.connection.encoder
    const plain = answer(peer, list).block!
    const more = answer(peer, list, { extra: ['x-id', 'abc'] }).block!
    expect(more.subarray(0, plain.length)).toEqual(plain)
    expect(answer(peer, list).block).toEqual(plain)
    expect(peer.connection.encoder.generation).toBe(generation)
  })

  it('headers that are not kept change nothing either', () => {
    const peer = peerOf('server')
    const { generation } = peer.connection.encoder
    peer.send(getRequest((next += 2)))
    peer.streams[0]!.respond({ ':status': 200, 'x-service': 'cities' })
    peer.streams[0]!.sendTrailers({ 'x-t': '1' })
    expect(peer.said()).toEqual([`HEADERS ${next} :status=200 x-service=cities`, `HEADERS ${next} x-t=1 end`])
    expect(peer.connection.encoder.generation).toBe(generation)
  })

  it('are kept in trailers too', () => {
    const peer = peerOf('server')
    const trailers = headerList({ 'grpc-status': 0, 'x-kept': 'yes' })
    const blocks: Buffer[] = []
    for (let i = 0; i < 3; i++) {
      peer.send(getRequest((next += 2)))
      peer.streams[i]!.respond({ ':status': 200 })
      peer.streams[i]!.sendTrailers(trailers)
      const frame = peer.frames().at(-1)!
      expect(frame.fields).toEqual(trailers.fields)
      blocks.push(frame.block!)
    }
    expect(blocks[1]!.length).toBeLessThan(blocks[0]!.length)
    expect(blocks[2]).toEqual(blocks[1])
  })

  it('secrets are never indexed, in lists and beside them', () => {
    const peer = peerOf('server')
    const secret = headerList({ ':status': 200, 'set-cookie': 'a=b' })
    for (let i = 0; i < 3; i++) expect(answer(peer, secret).neverIndexed).toEqual(['set-cookie'])
    expect(answer(peer, list, { extra: ['authorization', 'x'] }).neverIndexed).toEqual(['authorization'])
  })

  it('a name that may not be indexed this time is not, though the list was sent before', () => {
    const peer = peerOf('server')
    const own = headerList({ ':status': 200, 'x-token': 'secret' })
    for (let i = 0; i < 3; i++) expect(answer(peer, own).neverIndexed).toEqual([])
    for (let i = 0; i < 3; i++)
      expect(answer(peer, own, { neverIndexed: ['x-token'] }).neverIndexed).toEqual(['x-token'])
    expect(answer(peer, own).neverIndexed).toEqual([])
  })

  it('and one that may not be from the start stays so only where it is said', () => {
    const peer = peerOf('server')
    const own = headerList({ ':status': 200, 'x-token': 'secret' })
    for (let i = 0; i < 3; i++)
      expect(answer(peer, own, { neverIndexed: ['x-token'] }).neverIndexed).toEqual(['x-token'])
    answer(peer, own)
    expect(answer(peer, own).block!.length).toBe(2)
  })

  it('a list belongs to no connection: each compresses it for itself', () => {
    for (let i = 0; i < 3; i++) {
      const peer = peerOf('server')
      expect(answer(peer, list).block!.length).toBeGreaterThan(40)
      expect(answer(peer, list).block!.length).toBeLessThan(10)
    }
  })
})
