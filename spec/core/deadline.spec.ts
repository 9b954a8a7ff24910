import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeadlines, earlier, parseTimeout, remainingMs, type Clock } from '../../lib/core/deadline.ts'
import { createLifetime } from '../../lib/core/lifetime.ts'

interface FakeClock extends Clock {
  advance(ms: number): void
  readonly timers: number
}

function fakeClock(): FakeClock {
  let now = 1_000_000
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    now: () => now,
    get timers() {
      return timers.size
    },
    setTimer(run, ms) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const until = now + ms
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= until).toSorted((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        timers.delete(next)
        next.run()
      }
      now = until
    },
  }
}

describe('deadlines', () => {
  it('are never early and late by at most 16 ms and 1 % of the wait, however many and in whatever order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 50 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 30 }),
        (delays, steps) => {
          const clock = fakeClock()
          const deadlines = createDeadlines(clock)
          const due = delays.map((ms) => {
            const entry = { at: clock.now() + ms, latest: clock.now() + ms * 1.01 + 16, fired: Number.NaN }
            deadlines.after(entry.at, () => (entry.fired = clock.now()))
            return entry
          })
          for (const ms of [...steps, 6_000]) clock.advance(ms)
          for (const { at, latest, fired } of due) {
            expect(fired).toBeGreaterThanOrEqual(at)
            expect(fired).toBeLessThanOrEqual(latest)
          }
        },
      ),
    )
  })

  it('keep one timer for all of them', () => {
    const clock = fakeClock()
    const deadlines = createDeadlines(clock)
    for (let ms = 5_000; ms > 0; ms -= 100) deadlines.after(clock.now() + ms, () => {})
    expect(clock.timers).toBe(1)
  })

  it('let be what was taken back', () => {
    const clock = fakeClock()
    const deadlines = createDeadlines(clock)
    let fired = 0
    const stop = deadlines.after(clock.now() + 10, () => fired++)
    deadlines.after(clock.now() + 10, () => (fired += 10))
    stop()
    stop()
    clock.advance(100)
    expect(fired).toBe(10)
  })

  it('wait for longer than a timer can', () => {
    const clock = fakeClock()
    let fired = false
    createDeadlines(clock).after(clock.now() + 3e9, () => (fired = true))
    clock.advance(2.9e9)
    expect(fired).toBe(false)
    clock.advance(0.2e9)
    expect(fired).toBe(true)
  })

  it('cancel a call with DEADLINE_EXCEEDED, but not one that has finished', () => {
    const clock = fakeClock()
    const deadlines = createDeadlines(clock)
    const [slow, quick] = [createLifetime(), createLifetime()]
    deadlines.watch(slow, clock.now() + 10)
    deadlines.watch(quick, clock.now() + 10)
    quick.finish()
    clock.advance(50)
    expect(slow.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(quick.reason).toBeUndefined()
  })

  it('may set others when they expire', () => {
    const clock = fakeClock()
    const deadlines = createDeadlines(clock)
    const fired: string[] = []
    deadlines.after(clock.now() + 10, () => {
      fired.push('first')
      deadlines.after(clock.now() + 10, () => fired.push('second'))
    })
    clock.advance(100)
    expect(fired).toEqual(['first', 'second'])
  })
})

describe('timeout-ms', () => {
  it.each(['', '-1', '1.5', '1e3', ' 1', 'ten', '1234567890123456'])('refuses %j', (text) => {
    expect(() => parseTimeout(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('is whole and never negative on its way out', () => {
    expect(remainingMs(Date.now() - 5)).toBe(0)
    expect(Number.isInteger(remainingMs(Date.now() + 10.5))).toBe(true)
    expect(parseTimeout('250')).toBe(250)
  })

  it('is the earlier of two', () => {
    expect([
      earlier(undefined, 1),
      earlier(1, undefined),
      earlier(2, 1),
      earlier(undefined, undefined),
    ]).toEqual([1, 1, 1, undefined])
  })
})
