import { describe, expect, it } from 'vitest'
import { get, getRequest, peerOf } from '../raw-peer.ts'
import { headers, indexed, literal, literals, settings, settingsAck, sizeUpdate } from './frames.ts'

describe('HEADER_TABLE_SIZE (RFC 9113 §4.3.1, RFC 7541 §4.2)', () => {
  const plain = literals(get)

  it('ours: the peer may use 4,096 octets until it has acknowledged another size', () => {
    const peer = peerOf('server', { acks: false, limits: { headerTableSize: 0 } })
    peer.send(
      headers(1, Buffer.concat([plain, literal('a', 'b', 'indexed')])),
      headers(3, Buffer.concat([plain, indexed(62)])),
    )
    expect(peer.verdict()).toBe('fine')
    expect(peer.streams[1]!.headers!.get('a')).toBe('b')
  })

  it('ours: after a smaller one is acknowledged the next block begins with a size update', () => {
    for (const [block, due] of [
      [plain, 'connection COMPRESSION_ERROR'],
      [Buffer.concat([sizeUpdate(0), plain]), 'fine'],
      [Buffer.concat([sizeUpdate(1), plain]), 'connection COMPRESSION_ERROR'],
    ] as const) {
      const peer = peerOf('server', { limits: { headerTableSize: 0 } })
      peer.send(headers(1, block))
      expect(peer.verdict()).toBe(due)
    }
  })

  it('ours: a block that came before is no excuse for leaving the size update out', () => {
    const peer = peerOf('server')
    peer.send(headers(1, plain), headers(3, plain))
    peer.connection.update({ headerTableSize: 0 })
    peer.send(settingsAck(), headers(5, plain))
    expect(peer.verdict()).toBe('connection COMPRESSION_ERROR')
  })

  it('ours: a larger one may be used when it is acknowledged', () => {
    const peer = peerOf('server', { limits: { headerTableSize: 65_536 } })
    peer.send(
      headers(1, Buffer.concat([sizeUpdate(65_536), plain, literal('a', 'b'.repeat(5_000), 'indexed')])),
    )
    peer.send(headers(3, Buffer.concat([plain, indexed(62)])))
    expect(peer.streams[1]!.headers!.get('a')?.length).toBe(5_000)
    const early = peerOf('server', { acks: false, limits: { headerTableSize: 65_536 } })
    early.send(headers(1, Buffer.concat([sizeUpdate(65_536), plain])))
    expect(early.verdict()).toBe('connection COMPRESSION_ERROR')
  })

  it('the peer’s: what a smaller one evicts is not referred to any more, and the change is told', () => {
    const peer = peerOf('client', { settings: { headerTableSize: 4096 } })
    const list = {
      ':method': 'GET',
      ':scheme': 'http',
      ':authority': 'example',
      ':path': '/some/path',
      'x-a': 'b',
    }
    peer.request(list)
    peer.send(settings({ headerTableSize: 0 }))
    peer.request(list)
    peer.send(settings({ headerTableSize: 200 }))
    peer.request(list)
    const shown = peer.frames().filter(({ type }) => type === 'HEADERS')
    // The peer's decoder throws for a reference too many or a missing update.
    for (const { fields } of shown) expect(fields).toEqual(Object.entries(list).flat())
    expect(shown[1]!.block![0]).toBe(0x20)
  })

  it('the peer’s: up and down between two blocks, the smallest is told first', () => {
    const peer = peerOf('server')
    peer.send(
      settings([
        [1, 64],
        [1, 4096],
      ]),
      getRequest(1),
    )
    peer.streams[0]!.respond({ ':status': 200 }, { end: true })
    const [, { block }] = peer.frames() as [unknown, { block: Buffer }]
    const updates = Buffer.concat([sizeUpdate(64), sizeUpdate(4096)])
    expect(block.subarray(0, updates.length)).toEqual(updates)
  })

  it('the peer’s: a change is told in trailers without fields too', () => {
    const peer = peerOf('server')
    peer.send(getRequest(1))
    peer.streams[0]!.respond({ ':status': 200 })
    peer.frames()
    peer.send(settings({ headerTableSize: 0 }))
    peer.streams[0]!.sendTrailers({})
    // The peer's decoder throws where the update is missing.
    expect(peer.said()).toEqual(['SETTINGS ack', 'HEADERS 1 end'])
  })
})
