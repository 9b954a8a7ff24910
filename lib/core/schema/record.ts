import type { JsonSchema } from './json-schema.ts'
import { isDict, type Dict } from './pick.ts'

type Step = ((value: unknown) => unknown) | undefined

/** What TypeBox writes for the keys of a record of strings: as a pattern it would miss keys with line breaks. */
export const anyKey = '^(.*)$'

/** The patterns of a schema's keys, that of any key as one that every key matches. */
export function withAnyKey(
  patterns: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  const { [anyKey]: values, ...others } = patterns
  return values === undefined ? patterns : { ...others, '': values }
}

/** A copy of a record, each value put through the step of its key; what no step is for stays as it is. */
export function eachValue(stepOf: (key: string) => Step): (value: unknown) => unknown {
  return (record) => {
    if (!isDict(record)) return record
    const out: Dict = {}
    for (const key of Object.keys(record)) {
      const step = stepOf(key)
      out[key] = step ? step(record[key]) : record[key]
    }
    return out
  }
}

/** Finds the step of a key: that of its own name, else of the first pattern that it matches, as the check has it. */
export function byKey(
  named: ReadonlyMap<string, Step>,
  patterns: readonly (readonly [pattern: string, step: Step])[],
): (key: string) => Step {
  const [[first, step] = ['', undefined], ...others] = patterns
  // The most frequent: any key, all alike.
  if (named.size === 0 && first === '' && others.length === 0) return () => step
  const tests = patterns.map(([pattern, one]) => ({ pattern: new RegExp(pattern, 'u'), step: one }))
  return (key) => (named.has(key) ? named.get(key) : tests.find(({ pattern }) => pattern.test(key))?.step)
}
