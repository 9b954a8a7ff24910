// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests -- the cases are data
import {
  conformanceCases,
  flavoursOf,
  runCase,
  whyNot,
  type ConformanceCase,
  type Flavour,
  type Harness,
} from 'microapi-ts/testing'
import { describe, expect, it } from 'vitest'

const known = new Set(conformanceCases.flatMap(({ name, needs = [] }) => [name, ...needs]))

/**
 * The topics whose cases wait for a broker most of their time, for `atOnce`. Not those that ask for a time or for memory:
 * others would be in their way.
 */
export const mostlyWaiting: readonly string[] = [
  'cancellation',
  'dependencies',
  'errors',
  'events',
  'metadata',
  'streams',
  'validation',
  'dates, bigints and bytes',
]

/** Which cases are run, and how. */
export interface ConformanceOptions {
  /** Those with one sort of client: where the cases take long, two files share them. */
  readonly only?: Flavour
  /** The cases of these topics run several at once: each waits most of its time. */
  readonly atOnce?: readonly string[]
  /** By topic: what its cases run over in place of the harness. */
  readonly instead?: Readonly<Record<string, Harness>>
}

/** Runs the conformance cases over a transport. What it cannot do is printed as skipped, with the reason. */
export function conformance(
  harness: Harness,
  { only, atOnce = [], instead = {} }: ConformanceOptions = {},
): void {
  describe(`${harness.name} keeps what every transport promises`, () => {
    it('declares only what there is', () => {
      expect(Object.keys(harness.cannot ?? {}).filter((key) => !known.has(key))).toEqual([])
    })
    const flavours = (one: ConformanceCase) =>
      flavoursOf(harness, one).filter((each) => each === (only ?? each))
    const cases = conformanceCases.filter((one) => flavours(one).length > 0)
    for (const topic of new Set(cases.map((one) => one.topic))) {
      describe(topic, { concurrent: atOnce.includes(topic) }, () => {
        for (const one of cases.filter((candidate) => candidate.topic === topic)) {
          const reason = whyNot(harness, one)
          if (reason !== undefined) {
            it.skip(`${one.name} (cannot: ${reason})`)
            continue
          }
          for (const flavour of flavours(one)) {
            const suffix = one.clients === 'once' ? '' : ` (client from a ${flavour})`
            it(`${one.name}${suffix}`, () => runCase(instead[topic] ?? harness, one, flavour), one.timeoutMs)
          }
        }
      })
    }
  })
}
