// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests -- the cases are data
import {
  conformanceCases,
  flavoursOf,
  runCase,
  whyNot,
  type Flavour,
  type Harness,
} from 'microapi-ts/testing'
import { describe, expect, it } from 'vitest'

const known = new Set(conformanceCases.flatMap(({ name, needs = [] }) => [name, ...needs]))

/**
 * Runs the conformance cases over a transport. What it cannot do is printed as skipped, with the reason. With `only` those
 * with one sort of client: where the cases take long, two files share them.
 */
export function conformance(harness: Harness, only?: Flavour): void {
  describe(`${harness.name} keeps what every transport promises`, () => {
    it('declares only what there is', () => {
      expect(Object.keys(harness.cannot ?? {}).filter((key) => !known.has(key))).toEqual([])
    })
    for (const topic of new Set(conformanceCases.map((one) => one.topic))) {
      describe(topic, () => {
        for (const one of conformanceCases.filter((candidate) => candidate.topic === topic)) {
          const reason = whyNot(harness, one)
          if (reason !== undefined) {
            it.skip(`${one.name} (cannot: ${reason})`)
            continue
          }
          for (const flavour of flavoursOf(harness, one).filter((each) => each === (only ?? each))) {
            const suffix = one.clients === 'once' ? '' : ` (client from a ${flavour})`
            it(`${one.name}${suffix}`, () => runCase(harness, one, flavour), one.timeoutMs)
          }
        }
      })
    }
  })
}
