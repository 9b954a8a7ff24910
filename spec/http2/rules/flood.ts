import { expect } from 'vitest'
import type { RawPeer } from '../raw-peer.ts'

/** Sends until the connection ends, or so many times; returns how often, and sees that nothing grew meanwhile. */
export function flood(
  peer: RawPeer,
  times: number,
  make: (i: number) => Uint8Array | readonly Uint8Array[],
): number {
  for (let i = 0; i < times; i++) {
    if (peer.connection.closed) return i
    const octets = make(i)
    peer.send(...(octets instanceof Uint8Array ? [octets] : octets))
    expectBounded(peer)
  }
  return times
}

/** What a connection holds at any time, whatever its peer does: no more than the limits say. */
export function expectBounded({ connection: c }: RawPeer): void {
  const { settings: limits } = c
  const held = {
    streams: c.streams.size <= limits.maxConcurrentStreams,
    resets: c.wasReset.size <= 1_000,
    frame: (c.incoming.partial?.length ?? 0) <= limits.maxFrameSize + 9,
    headers: (c.incoming.headers?.octets.length ?? 0) <= 2 * (2 * limits.maxHeaderListSize + 1024),
    table: c.decoder.tableSize <= Math.max(4096, limits.headerTableSize),
    templates: c.encoder.tableSize <= 4096,
    pings: c.pings.length <= 2,
    announced: c.announced.length <= 2,
    body: c.receiveWindow >= 0,
    output: c.output.buffer.length === 0,
  }
  expect(Object.entries(held).filter(([, bounded]) => !bounded)).toEqual([])
}

/** Nothing is left of a connection that has ended. */
export function expectEmpty({ connection: c, sink }: RawPeer): void {
  expect([c.closed, sink.ended, c.streams.size, c.waiting.size, c.pings.length, c.line.first]).toEqual([
    true,
    'gracefully',
    0,
    0,
    0,
    undefined,
  ])
}

/** Floods, and expects the connection to end because of it; what was written meanwhile is as small as said. */
export function expectCalm(
  peer: RawPeer,
  atMost: number,
  make: (i: number) => Uint8Array | readonly Uint8Array[],
  octets = 100_000,
): void {
  const times = flood(peer, atMost + 1, make)
  const written = peer.frames().reduce((sum, { payload }) => sum + 9 + payload.length, 0)
  expect(peer.error?.code, `${times} times and no end`).toBe('ENHANCE_YOUR_CALM')
  expect(times).toBeLessThanOrEqual(atMost)
  expect(written).toBeLessThan(octets)
  expectEmpty(peer)
}
