import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLifetime } from '../../../lib/core/lifetime.ts'
import { Held, maxHeldBytes } from '../../../lib/wire/session/held.ts'
import { Inflow } from '../../../lib/wire/session/inflow.ts'
import { Line } from '../../../lib/wire/session/line.ts'
import { Outflow } from '../../../lib/wire/session/outflow.ts'
import { window } from '../../../lib/wire/session/window.ts'
import { FakePort } from './fixtures/fake-port.ts'
import { settled } from './fixtures/sessions.ts'

/** An item comes (its bytes), is taken, or the reader leaves. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
    { weight: 5, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.constant('leave' as const) },
  ),
  { maxLength: 60 },
)

describe('an inflow', () => {
  it('gives credit for what was taken and no more, and refuses what goes past it', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const given = { items: 0, bytes: 0 }
        const came: number[] = []
        let taken = 0
        let left = false
        const held = new Held()
        const inflow = new Inflow({
          give: (items, bytes) => {
            given.items += items
            given.bytes += bytes
          },
          held,
        })
        const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0)
        for (const step of list) {
          if (step === 'leave') {
            left = true
            void inflow.items.return()
          } else if (step === 'take') {
            // One that would wait is none here.
            if (left || taken === came.length) continue
            taken++
            void inflow.items.next()
          } else {
            const ahead = sum(came) - given.bytes
            const error = inflow.push({}, step)
            expect(error?.reason).toBe(ahead >= window.bytes ? 'CREDIT' : undefined)
            if (error) break
            came.push(step)
          }
          const gone = left ? came.length : taken
          expect(given.items).toBeLessThanOrEqual(gone)
          expect(given.bytes).toBeLessThanOrEqual(sum(came.slice(0, gone)))
          // Whoever has taken half a window has said so.
          expect(sum(came.slice(0, gone)) - given.bytes).toBeLessThan(window.bytes / 2)
        }
        inflow.drop()
        expect(held.add(maxHeldBytes)).toBe(true)
      }),
    )
  })

  it('says that it is full, and that it has room only when it has', () => {
    const told: boolean[] = []
    const inflow = new Inflow({ full: (full) => told.push(full) })
    for (let i = 0; i < 3 * window.items; i++) expect(inflow.push({ i }, 10)).toBeUndefined()
    expect(told).toEqual([true])
    for (let i = 0; i < 2 * window.items; i++) void inflow.items.next()
    expect(told).toEqual([true])
    for (let i = 0; i < window.items / 2; i++) void inflow.items.next()
    expect(told).toEqual([true, false])
  })

  it('holds nobody when its end has come, or its reader has left', () => {
    for (const end of [(inflow: Inflow) => inflow.end(), (inflow: Inflow) => void inflow.items.return()]) {
      const told: boolean[] = []
      const inflow = new Inflow({ full: (full) => told.push(full) })
      for (let i = 0; i < window.items; i++) inflow.push({}, 10)
      end(inflow)
      expect(told).toEqual([true, false])
    }
  })
})

describe('an outflow', () => {
  const send = (port: FakePort, items: AsyncIterable<unknown> | Iterable<unknown>, counts: boolean) => {
    const line = new Line(port)
    const outflow = new Outflow(line, counts)
    const lifetime = createLifetime()
    return { line, outflow, lifetime, sent: outflow.sendAll(items, JSON.stringify, lifetime) }
  }

  it('takes no item for which there is no room', async () => {
    const port = new FakePort()
    let asked = 0
    const endless = { [Symbol.iterator]: () => ({ next: () => ({ done: false as const, value: ++asked }) }) }
    const { line, outflow, sent } = send(port, endless, false)
    port.isFull = true
    await settled()
    expect([asked, port.take().length]).toEqual([1, 1])
    line.drained()
    await settled()
    expect([asked, port.take().length]).toEqual([2, 1])
    outflow.stop()
    expect(await sent).toBe(false)
    expect(asked).toBe(2)
  })

  it('is as far ahead as the window, and goes on with credit', async () => {
    const port = new FakePort()
    const { outflow, sent } = send(port, Array(2_000).fill(1), true)
    await settled()
    expect(port.take()).toHaveLength(1_024)
    expect(outflow.credit({ items: 1_025, bytes: 0 })).toBe(false)
    expect(outflow.credit({ items: 24, bytes: 24 })).toBe(true)
    await settled()
    expect(port.take()).toHaveLength(24)
    expect(outflow.credit({ items: 1_024, bytes: 1_025 })).toBe(false)
    expect(outflow.credit({ items: 1_024, bytes: 1_024 })).toBe(true)
    expect(await sent).toBe(true)
    expect(port.take()).toHaveLength(952)
  })

  it('of many that wait, no more send than there is room for', async () => {
    const port = new FakePort()
    const line = new Line(port)
    port.isFull = true
    line.send('full')
    const lifetime = createLifetime()
    for (let i = 0; i < 100; i++) void new Outflow(line, true).sendAll([i], String, lifetime)
    await settled()
    for (let i = 0; i < 100; i++) {
      line.drained()
      await settled()
    }
    // One for each time, in turn.
    expect(port.take()).toEqual(['full', ...Array.from({ length: 100 }, (_, i) => String(i))])
  })

  it('leaves its items as the language does: not where they have ended or failed by themselves', async () => {
    const left: string[] = []
    const items = (name: string, results: readonly (IteratorResult<unknown> | Error)[]) => {
      let at = 0
      const next = (): IteratorResult<unknown> => {
        const result = results[at++]!
        if (result instanceof Error) throw result
        return result
      }
      const leave = (): IteratorResult<unknown> => {
        left.push(name)
        return { done: true, value: undefined }
      }
      return { [Symbol.iterator]: () => ({ next, return: leave }) }
    }
    const port = new FakePort()
    const item = { done: false, value: 1 } as const
    const end = { done: true, value: undefined } as const
    expect(await send(port, items('ended', [item, end]), true).sent).toBe(true)
    await expect(send(port, items('failed', [item, new Error('broken')]), true).sent).rejects.toThrow(
      'broken',
    )
    const stopped = send(port, items('stopped', [item, item, item]), true)
    stopped.outflow.stop()
    expect(await stopped.sent).toBe(false)
    await expect(send(port, items('unwritable', [{ done: false, value: 1n }]), true).sent).rejects.toThrow(
      TypeError,
    )
    expect(left).toEqual(['stopped', 'unwritable'])
  })
})
