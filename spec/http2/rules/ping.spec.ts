import { describe, expect, it } from 'vitest'
import { peerOf } from '../raw-peer.ts'
import { ping } from './frames.ts'

const answer = (payload: string): Buffer => ping(payload, true)

describe('PING (RFC 9113 §6.7)', () => {
  it('is answered with its octets, in order, by both roles', () => {
    for (const role of ['server', 'client'] as const) {
      const peer = peerOf(role)
      peer.send(ping('12345678'), ping('abcdefgh'))
      expect(peer.said()).toEqual(['PING ack 12345678', 'PING ack abcdefgh'])
    }
  })

  it('ours are answered in order; each hears of its own', () => {
    const peer = peerOf('client')
    const heard: string[] = []
    peer.connection.ping(() => heard.push('first'))
    peer.connection.ping(() => heard.push('second'))
    const [first, second] = peer.frames().map(({ payload }) => payload.toString('latin1'))
    const acks = [first!, second!].map((payload) =>
      Buffer.concat([ping('', true).subarray(0, 9), Buffer.from(payload, 'latin1')]),
    )
    for (const ack of acks) ack.writeUIntBE(8, 0, 3)
    peer.send(acks[0]!)
    expect(heard).toEqual(['first'])
    peer.send(acks[1]!)
    expect(heard).toEqual(['first', 'second'])
  })

  it('an answer to nothing is left alone', () => {
    for (const role of ['server', 'client'] as const) {
      const peer = peerOf(role)
      peer.send(answer('12345678'))
      peer.connection.ping(() => {})
      peer.send(answer('12345678'))
      expect(peer.verdict()).toBe('fine')
      expect(peer.connection.pings.length).toBe(1)
    }
  })

  it('that waits for its answer hears of the connection’s end', () => {
    for (const end of ['lost', 'destroy'] as const) {
      const peer = peerOf('client')
      const heard: unknown[] = []
      peer.connection.ping((error) => heard.push(error?.message))
      peer.connection[end]()
      expect(heard.length).toBe(1)
      expect(heard[0]).toMatch(/connection was (lost|closed)/)
    }
  })
})
