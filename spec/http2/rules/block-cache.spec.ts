import { describe, expect, it } from 'vitest'
import type { HeaderBlock } from '../../../lib/http2/header-block.ts'
import { get, ok, peerOf, type RawPeer } from '../raw-peer.ts'
import { headers, indexed, literal, literals, settingsAck, sizeUpdate } from './frames.ts'

let next = 1

/** Sends a block as a request of its own; returns what the server made of it. */
function read(peer: RawPeer, ...parts: readonly Buffer[]): HeaderBlock {
  peer.send(headers((next += 2), Buffer.concat(parts), { end: true }))
  return peer.streams.at(-1)!.headers!
}

const plain = literals(get)

describe('blocks that came before', () => {
  it('the same octets are the same block, with what the layer above keeps there', () => {
    const peer = peerOf('server')
    const first = read(peer, plain)
    first.route = 'somewhere'
    expect(read(peer, plain)).toBe(first)
    expect(read(peer, plain).route).toBe('somewhere')
  })

  it('so are responses and trailers', () => {
    const blocks: unknown[] = []
    const peer = peerOf('client', {
      on: { onHeaders: (_, block) => blocks.push(block), onEnd: (_, block) => blocks.push(block) },
    })
    for (const id of [1, 3]) {
      peer.request(get, { end: true })
      peer.send(headers(id, ok), headers(id, ['x', 'y'], { end: true }))
    }
    expect(blocks[2]).toBe(blocks[0])
    expect(blocks[3]).toBe(blocks[1])
  })

  it('other octets are another one, though they mean the same', () => {
    const peer = peerOf('server')
    const first = read(peer, plain)
    const other = read(peer, indexed(2), literals(get).subarray(literals(get.slice(0, 2)).length))
    expect(other).not.toBe(first)
    expect(other.toJSON()).toEqual(first.toJSON())
  })

  it('one that refers to the table is the same only as long as the table is', () => {
    const peer = peerOf('server')
    read(peer, plain, literal('x', 'one', 'indexed'))
    const first = read(peer, plain, indexed(62))
    expect(read(peer, plain, indexed(62))).toBe(first)
    read(peer, plain, literal('x', 'two', 'indexed'))
    const second = read(peer, plain, indexed(62))
    expect([first.get('x'), second.get('x')]).toEqual(['one', 'two'])
    expect(read(peer, plain, indexed(63)).get('x')).toBe('one')
  })

  it('nor when only a name came from the table', () => {
    const peer = peerOf('server')
    const named = Buffer.concat([Buffer.of(0x0f, 62 - 15), Buffer.from('\x01v')])
    read(peer, plain, literal('one', 'x', 'indexed'))
    expect(read(peer, plain, named).get('one')).toBe('v')
    read(peer, plain, literal('two', 'x', 'indexed'))
    const second = read(peer, plain, named)
    expect([second.get('one'), second.get('two')]).toEqual([undefined, 'v'])
  })

  it('nor behind an eviction or a change of the table’s size', () => {
    const peer = peerOf('server')
    read(peer, plain, literal('x', 'one', 'indexed'))
    expect(read(peer, plain, indexed(62)).get('x')).toBe('one')
    read(peer, sizeUpdate(0), plain)
    const streams = peer.streams.length
    peer.send(headers((next += 2), Buffer.concat([plain, indexed(62)])))
    expect(peer.verdict()).toBe('connection COMPRESSION_ERROR')
    expect(peer.streams.length).toBe(streams)
  })

  it('one that changes the table changes it every time', () => {
    const peer = peerOf('server')
    const block = [plain, literal('x', 'y', 'indexed')]
    const first = read(peer, ...block)
    expect(read(peer, ...block)).not.toBe(first)
    // Both entries are there.
    expect(read(peer, plain, indexed(62), indexed(63)).get('x')).toBe('y, y')
  })

  it('one that refers to no entry outlives any change of the table', () => {
    const peer = peerOf('server')
    const first = read(peer, plain)
    read(peer, plain, literal('x', 'y', 'indexed'))
    expect(read(peer, plain)).toBe(first)
  })

  it.each([
    ['authorization', literal('authorization', 'secret')],
    ['proxy-authorization', literal('proxy-authorization', 'secret')],
    ['cookie', literal('cookie', 'a=b')],
    ['a field that no hop may index', literal('x', 'secret', 'never')],
  ])('%s keeps a block out', (_, field) => {
    const peer = peerOf('server')
    const first = read(peer, plain, field)
    const second = read(peer, plain, field)
    expect(second).not.toBe(first)
    expect(second.toJSON()).toEqual(first.toJSON())
  })

  it('set-cookie keeps a response out', () => {
    const blocks: unknown[] = []
    const peer = peerOf('client', { on: { onHeaders: (_, block) => blocks.push(block) } })
    for (const id of [1, 3]) {
      peer.request(get, { end: true })
      peer.send(headers(id, [...ok, 'set-cookie', 'a=b']))
    }
    expect(blocks[1]).not.toBe(blocks[0])
  })

  it('an indexed secret keeps it out too', () => {
    const peer = peerOf('server')
    read(peer, plain, literal('authorization', 'secret', 'indexed'))
    expect(read(peer, plain, indexed(62))).not.toBe(read(peer, plain, indexed(62)))
  })

  it('what may not be indexed is passed on as such', () => {
    const peer = peerOf('server')
    expect(read(peer, plain, literal('x', 'secret', 'never')).neverIndexed).toEqual(['x'])
    expect(read(peer, plain).neverIndexed).toBeUndefined()
  })

  it('a long block is not kept', () => {
    const peer = peerOf('server')
    const long = literal('x', 'y'.repeat(600))
    expect(read(peer, plain, long)).not.toBe(read(peer, plain, long))
  })

  it('a malformed block is malformed every time', () => {
    const peer = peerOf('server')
    for (const id of [1, 3, 5]) {
      peer.send(headers(id, [...get, 'Bad', 'x']))
      expect(peer.verdict()).toBe(`stream ${id} PROTOCOL_ERROR`)
    }
  })

  it('another table’s agreement is not overlooked for it', () => {
    const peer = peerOf('server')
    read(peer, plain)
    peer.connection.update({ headerTableSize: 100 })
    peer.send(settingsAck())
    read(peer, sizeUpdate(100), plain)
    expect(read(peer, plain).path).toBe('/')
    expect(peer.verdict()).toBe('fine')
  })
})
