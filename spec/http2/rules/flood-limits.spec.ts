import { describe, expect, it } from 'vitest'
import { getRequest, ok, peerOf, postRequest } from '../raw-peer.ts'
import { data, frame, goaway, ping, priority, reset, settings, windowUpdate } from './frames.ts'

describe('flood limits', () => {
  const floods = { resets: 5, pings: 5, settings: 5, empties: 5, priorities: 5, windowUpdates: 5 }
  const kinds: readonly (readonly [keyof typeof floods, (i: number) => readonly Buffer[]])[] = [
    ['resets', (i) => [postRequest(2 * i + 11), reset(2 * i + 11)]],
    ['pings', () => [ping('abcdefgh')]],
    ['settings', () => [settings()]],
    ['empties', () => [data(1, 0)]],
    ['priorities', () => [priority(1)]],
    ['windowUpdates', () => [windowUpdate(0, 1)]],
  ]

  it.each(kinds)(
    'floods.%s: so many are taken, one more is too many, and the message names it',
    (kind, make) => {
      const peer = peerOf('server', { limits: { floods: { ...floods, settings: 6 } } })
      peer.send(postRequest(1))
      for (let i = 0; i < 5; i++) peer.send(...make(i))
      expect(peer.verdict()).toBe('fine')
      peer.send(...make(5))
      expect(peer.verdict()).toBe('connection ENHANCE_YOUR_CALM')
      expect(peer.error!.message).toContain(`too many ${kind} in 10 s (floods.${kind}: `)
    },
  )

  it.each(kinds)('floods.%s: ten seconds later they count anew', (_, make) => {
    const peer = peerOf('server', { limits: { floods: { ...floods, settings: 6 } } })
    peer.send(postRequest(1))
    for (let i = 0; i < 15; i++) {
      if (i % 5 === 0) peer.sink.time += 10_000
      peer.send(...make(i))
    }
    expect(peer.verdict()).toBe('fine')
  })

  it('what the peer really does earns it more: finished streams, DATA that came, DATA that was sent', () => {
    const peer = peerOf('server', {
      limits: { floods },
      onStream(stream) {
        stream.respond(ok)
        stream.end('x'.repeat(1_000))
      },
    })
    for (let i = 0; i < 20; i++)
      peer.send(
        getRequest(4 * i + 1),
        postRequest(4 * i + 3),
        reset(4 * i + 3),
        windowUpdate(0, 1),
        windowUpdate(0, 1),
      )
    peer.send(postRequest(101))
    for (let i = 0; i < 20; i++) peer.send(data(101, 1), ping('abcdefgh'))
    expect(peer.verdict()).toBe('fine')
  })

  it('a larger limit lets more pass', () => {
    const peer = peerOf('server', { limits: { floods: { pings: 1_000_000 } } })
    for (let i = 0; i < 1_000; i++) peer.send(ping('abcdefgh'))
    expect(peer.verdict()).toBe('fine')
  })

  it('GOAWAY counts with SETTINGS, unknown frames with empty ones', () => {
    const peer = peerOf('server', { limits: { floods } })
    for (let i = 0; i < 6; i++) peer.send(goaway(0))
    expect(peer.error!.message).toContain('floods.settings')
    const other = peerOf('server', { limits: { floods } })
    for (let i = 0; i < 6; i++) other.send(frame(99, 0, 0))
    expect(other.error!.message).toContain('floods.empties')
  })
})
