/** One address of a channel: when it connects again. The clock, the dice and the connection are the spec's. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Http2Error } from '../../../lib/http2/error.ts'
import { createBalancer } from '../../../lib/transports/grpc/balancing/balancer.ts'
import {
  backoff,
  createSubchannel,
  type ConnectionHooks,
  type HealthListener,
  type Subchannel,
} from '../../../lib/transports/grpc/balancing/subchannel.ts'
import { createLifetime } from '../../../lib/core/lifetime.ts'
import { RpcError } from '../../../lib/core/errors.ts'

const policy = { initialMs: 1_000, factor: 1.6, maxMs: 120_000 }
const refused = new Http2Error('INTERNAL_ERROR', 'refused', { scope: 'connection' })

/** An address whose connection is told what to do. */
function address({ index = 0, watched = false, onChange = (): void => {} } = {}) {
  const clock = { now: 0, random: 0.5 }
  const seen = { opened: 0, asked: 0, unasked: 0, closed: 0 }
  let hooks!: ConnectionHooks
  let listener!: HealthListener
  const unused = (): never => {
    throw new Error('no request is sent here')
  }
  const one = createSubchannel(index, {
    name: `a:${index}`,
    reconnect: policy,
    connect(given) {
      hooks = given
      return {
        open: () => void seen.opened++,
        request: unused,
        ping: unused,
        close: () => Promise.resolve(void seen.closed++),
      }
    },
    watch: watched
      ? (_, given) => {
          seen.asked++
          listener = given
          return () => void seen.unasked++
        }
      : undefined,
    onChange,
    now: () => clock.now,
    random: () => clock.random,
  })
  return {
    one,
    clock,
    seen,
    up: () => hooks.onConnectionReady(),
    /** Without an error the server has closed it in good order. */
    down: (error: Http2Error | undefined) => hooks.onConnectionEnd(error),
    health: () => listener,
    /** Whether it connects, if a call asks for it at that time. */
    triesAt(now: number, isLastHope = false): boolean {
      clock.now = now
      const before = seen.opened + seen.asked
      one.revive(isLastHope)
      return seen.opened + seen.asked > before
    },
  }
}

describe('the back-off', () => {
  it('is 1 s, and 1.6 times as long with each failure, up to 2 minutes', () => {
    const all = Array.from({ length: 13 }, (_, i) => Math.round(backoff(policy, i + 1, 0.5)))
    expect(all).toEqual([
      1_000, 1_600, 2_560, 4_096, 6_554, 10_486, 16_777, 26_844, 42_950, 68_719, 109_951, 120_000, 120_000,
    ])
  })

  it('varies by 20 %', () => {
    expect(backoff(policy, 1, 0)).toBe(800)
    expect(backoff(policy, 1, 1)).toBeCloseTo(1_200)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, r) => {
        const ms = backoff(policy, n, r)
        const middle = backoff(policy, n, 0.5)
        expect(ms).toBeGreaterThanOrEqual(0.8 * middle - 1e-6)
        expect(ms).toBeLessThanOrEqual(1.2 * middle + 1e-6)
        expect(ms).toBeLessThanOrEqual(144_000 + 1e-6)
      }),
    )
  })
})

describe('an address', () => {
  it('connects for the first call, once', () => {
    const { one, seen, up, triesAt } = address()
    expect([one.ready, one.connecting]).toEqual([false, false])
    expect(triesAt(0)).toBe(true)
    expect([one.ready, one.connecting]).toEqual([false, true])
    expect(triesAt(5_000, true)).toBe(false)
    up()
    expect([one.ready, one.connecting]).toEqual([true, false])
    expect(triesAt(9_000, true)).toBe(false)
    expect(seen.opened).toBe(1)
  })

  it('is left alone behind a failure until its time has come, each time longer', () => {
    const { one, clock, down, triesAt } = address()
    triesAt(0)
    down(refused)
    expect(one).toMatchObject({ ready: false, connecting: false, reason: 'refused' })
    expect(triesAt(999)).toBe(false)
    expect(triesAt(1_000)).toBe(true)
    clock.now = 1_500
    down(refused)
    expect(triesAt(3_099)).toBe(false)
    expect(triesAt(3_100)).toBe(true)
    down(refused)
    expect(triesAt(5_659)).toBe(false)
    expect(triesAt(5_660)).toBe(true)
  })

  it('is tried at once for a call that has nowhere else to go, but once in a second at most', () => {
    const { down, triesAt } = address()
    triesAt(0)
    down(refused)
    triesAt(1_000)
    down(refused)
    triesAt(2_600)
    // From here on it would be left alone for 2.56 s.
    down(refused)
    expect(triesAt(3_599, true)).toBe(false)
    expect(triesAt(3_600)).toBe(false)
    expect(triesAt(3_600, true)).toBe(true)
    down(refused)
    expect(triesAt(4_599, true)).toBe(false)
    expect(triesAt(4_600, true)).toBe(true)
  })

  it('begins anew with the shortest pause once it stood', () => {
    const { clock, up, down, triesAt } = address()
    for (let i = 0, now = 0; i < 5; i++, now += 10_000) {
      triesAt(now)
      down(refused)
    }
    expect(triesAt(100_000)).toBe(true)
    up()
    clock.now = 200_000
    down(undefined)
    // Long ago: at once.
    expect(triesAt(200_000)).toBe(true)
    down(refused)
    expect(triesAt(200_999)).toBe(false)
    expect(triesAt(201_000)).toBe(true)
  })

  it('whose server takes connections and drops them is not tried more than once in a second', () => {
    const { one, seen, up, down, triesAt } = address()
    for (let now = 0; now < 10_000; now += 100) {
      triesAt(now)
      if (!one.connecting) continue
      up()
      down(undefined)
    }
    expect(seen.opened).toBe(10)
    expect(one.reason).toBe('the connection was closed')
  })
})

describe('an address that is asked for its health', () => {
  it('is ready when it says that it serves, and as long as it does', () => {
    const { one, seen, up, health, triesAt } = address({ watched: true })
    triesAt(0)
    up()
    expect([one.ready, one.connecting, seen.asked]).toEqual([false, true, 1])
    health().resting('NOT_SERVING')
    expect(one).toMatchObject({ ready: false, connecting: false, reason: 'the server says NOT_SERVING' })
    // It goes on telling: nothing is to be done.
    expect(triesAt(1e9, true)).toBe(false)
    health().serving()
    expect(one.ready).toBe(true)
    health().resting('NOT_SERVING')
    expect(one.ready).toBe(false)
  })

  it('and tells no more is asked again over its connection, behind its back-off', () => {
    const { one, seen, up, health, triesAt } = address({ watched: true })
    triesAt(0)
    up()
    health().serving()
    health().lost('reset')
    expect(one).toMatchObject({ ready: false, connecting: false, reason: 'its health is not known: reset' })
    expect(triesAt(999)).toBe(false)
    expect(triesAt(1_000)).toBe(true)
    expect(seen).toMatchObject({ opened: 1, asked: 2 })
    health().serving()
    expect(one.ready).toBe(true)
  })

  it('is no longer asked when its connection has ended, or the channel', async () => {
    const { one, seen, up, down, health, triesAt } = address({ watched: true })
    triesAt(0)
    up()
    health().serving()
    down(undefined)
    expect(seen).toMatchObject({ asked: 1, unasked: 1 })
    expect(one.ready).toBe(false)
    triesAt(2_000)
    up()
    await one.close()
    expect(seen).toMatchObject({ asked: 2, unasked: 2, closed: 1 })
  })
})

describe('taking turns', () => {
  /** Addresses of one channel. */
  function several(count: number) {
    let all: ReturnType<typeof address>[] = []
    const balancer = createBalancer((onChange) => {
      all = Array.from({ length: count }, (_, index) => address({ index, onChange }))
      return all.map(({ one }) => one)
    })
    const times = (n: number): (number | undefined)[] =>
      Array.from({ length: n }, () => balancer.next(undefined)?.index)
    return { balancer, all, times }
  }
  const sorted = (all: (number | undefined)[]) => all.toSorted((a, b) => a! - b!)
  const waitFor = (balancer: ReturnType<typeof createBalancer>, tried?: Map<Subchannel, string>) => {
    const lifetime = createLifetime()
    const given: (number | undefined)[] = []
    balancer.wait(lifetime, tried, (to) => given.push(to?.index))
    return { lifetime, given }
  }

  it('opens all with the first call, and gives those that are ready in turn', () => {
    const { balancer, all, times } = several(3)
    expect(balancer.next(undefined)).toBeUndefined()
    expect(all.map(({ seen }) => seen.opened)).toEqual([1, 1, 1])
    const { given } = waitFor(balancer)
    expect(given).toEqual([])
    all[2]!.up()
    expect(given).toEqual([2])
    expect(times(3)).toEqual([2, 2, 2])
    all[0]!.up()
    all[1]!.up()
    expect(sorted(times(6))).toEqual([0, 0, 1, 1, 2, 2])
    all[1]!.down(undefined)
    expect(sorted(times(4))).toEqual([0, 0, 2, 2])
    expect(given).toEqual([2])
  })

  it('gives no address twice to one call', () => {
    const { balancer, all } = several(2)
    balancer.next(undefined)
    for (const { up } of all) up()
    const tried = new Map([[all[0]!.one, 'refused']])
    for (let i = 0; i < 4; i++) expect(balancer.next(tried)?.index).toBe(1)
    tried.set(all[1]!.one, 'refused')
    expect(balancer.next(tried)).toBeUndefined()
    expect(waitFor(balancer, tried).given).toEqual([undefined])
  })

  it('lets a call wait until nothing is to be hoped for', () => {
    const { balancer, all } = several(2)
    balancer.next(undefined)
    const anywhere = waitFor(balancer)
    const onlyFirst = waitFor(balancer, new Map([[all[1]!.one, 'refused']]))
    all[0]!.down(refused)
    expect([anywhere.given, onlyFirst.given]).toEqual([[], [undefined]])
    all[1]!.down(refused)
    expect([anywhere.given, onlyFirst.given]).toEqual([[undefined], [undefined]])
    // Too soon for another attempt: known at once.
    expect(waitFor(balancer).given).toEqual([undefined])
  })

  it('lets go of a call that is cancelled, and of all when it is closed', async () => {
    const { balancer, all } = several(2)
    balancer.next(undefined)
    const [one, other] = [waitFor(balancer), waitFor(balancer)]
    one.lifetime.cancel(new RpcError('CANCELLED', 'enough'))
    expect([one.given, other.given]).toEqual([[undefined], []])
    await balancer.close()
    expect([one.given, other.given]).toEqual([[undefined], [undefined]])
    expect(all.map(({ seen }) => seen.closed)).toEqual([1, 1])
  })

  it('whatever happens, gives none that is not ready, shares evenly, and forgets no call that waits', () => {
    const event = fc.record({
      at: fc.nat(3),
      what: fc.constantFrom('up', 'down', 'call', 'later' as const),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { balancer, all, times } = several(4)
        const calls: (number | undefined)[][] = []
        for (const { at, what } of events) {
          const { one, up, down, clock } = all[at]!
          if (what === 'up' && one.connecting) up()
          if (what === 'down' && (one.connecting || one.ready)) down(refused)
          if (what === 'later') for (const each of all) each.clock.now = clock.now + 400
          if (what !== 'call') continue
          const to = balancer.next(undefined)
          if (to) expect(to.ready).toBe(true)
          else calls.push(waitFor(balancer).given)
        }
        const ready = all.filter(({ one }) => one.ready).map(({ one }) => one.index)
        const hope = all.some(({ one }) => one.connecting)
        if (ready.length > 0 || !hope) expect(calls.every((given) => given.length === 1)).toBe(true)
        if (ready.length > 0) expect(sorted(times(ready.length))).toEqual(ready)
        // At the end all that wait hear of it.
        for (const { one, down } of all) if (one.connecting) down(refused)
        for (const given of calls) expect(given).toHaveLength(1)
      }),
    )
  })
})
