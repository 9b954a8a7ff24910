import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPrefix } from '../../../lib/transports/kafka/intake/prefix.ts'

it('what is committed never passes a record that is not finished, and never falls', () => {
  const steps = fc.array(
    fc.oneof(
      // A record behind a gap of some offsets.
      fc.record({ take: fc.nat(3) }),
      // The end of one of those in hand.
      fc.record({ finish: fc.nat() }),
      fc.record({ pass: fc.nat(3) }),
      // One that was taken before comes again.
      fc.record({ again: fc.nat() }),
    ),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(fc.nat(1_000), steps, (start, all) => {
      const prefix = createPrefix(start)
      const taken: number[] = []
      const open: number[] = []
      let next = start
      let last = start
      for (const step of all) {
        if ('take' in step) {
          const offset = next + step.take
          expect(prefix.took(offset)).toBe(true)
          taken.push(offset)
          open.push(offset)
          next = offset + 1
        } else if ('pass' in step) prefix.passed((next += step.pass))
        else if ('again' in step) {
          if (taken.length > 0) expect(prefix.took(taken[step.again % taken.length]!)).toBe(false)
        } else if (open.length > 0) {
          const [offset] = open.splice(step.finish % open.length, 1)
          prefix.done(offset!)
          prefix.done(offset!)
        }
        expect(prefix.next).toBe(next)
        expect(prefix.open).toBe(open.length)
        expect(prefix.committable).toBe(Math.min(next, ...open))
        expect(prefix.committable).toBeGreaterThanOrEqual(last)
        last = prefix.committable
      }
      for (const offset of open) prefix.done(offset)
      expect(prefix.committable).toBe(next)
    }),
  )
})
