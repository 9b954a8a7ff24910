import type { Slice } from './slice.ts'

/**
 * Measures A B C A B C …, so that a slow spell of the machine meets all of them.
 * Who fails once is left out from then on, with its error.
 */
export const interleave = async <Name extends string>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<Slice>,
): Promise<Map<Name, Slice[] | Error>> => {
  const results = new Map<Name, Slice[] | Error>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, slices] of results) {
      if (slices instanceof Error) continue
      try {
        slices.push(await measure(name))
      } catch (error) {
        results.set(name, error instanceof Error ? error : new Error(String(error)))
      }
    }
  }
  return results
}
