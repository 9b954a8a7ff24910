// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests -- the cases are data
import { brokerCases, runBrokerCase, type BrokerHarness } from 'microapi-ts/testing'
import { describe, expect, it } from 'vitest'

/**
 * Runs the cases for brokers over one. What it cannot do is printed as skipped, with the reason. With `atOnce` several run at
 * once, where they wait for most of their time.
 */
export function brokerConformance(
  harness: BrokerHarness,
  { atOnce = false }: { readonly atOnce?: boolean } = {},
): void {
  const { name, cannot = {} } = harness
  describe(`${name} keeps what every broker promises`, () => {
    it('declares only what there is', () => {
      const known = new Set(brokerCases.map((one) => one.name))
      expect(Object.keys(cannot).filter((key) => !known.has(key))).toEqual([])
    })
    for (const topic of new Set(brokerCases.map((one) => one.topic))) {
      describe(topic, { concurrent: atOnce }, () => {
        for (const one of brokerCases.filter((candidate) => candidate.topic === topic)) {
          const reason = cannot[one.name]
          if (reason === undefined) it(one.name, () => runBrokerCase(harness, one), one.timeoutMs ?? 30_000)
          else it.skip(`${one.name} (cannot: ${reason})`)
        }
      })
    }
  })
}
