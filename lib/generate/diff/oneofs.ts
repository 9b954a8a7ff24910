import { exclusivePairs } from '../../core/schema/oneofs.ts'
import type { Fields } from './fields.ts'
import type { SchemaChange } from './schema-change.ts'

/** Compares which properties may not be there together; `shared` has those that both sides know, by their old and new names. */
export function oneofChanges(
  [old, next]: readonly [old: Fields, next: Fields],
  shared: ReadonlyMap<string, string>,
  pointer: string,
): readonly SchemaChange[] {
  const oldNames = new Map([...shared].map(([was, is]) => [is, was]))
  const before = pairsOf(old, (key) => (shared.has(key) ? key : undefined))
  const after = pairsOf(next, (key) => oldNames.get(key))
  const lost = [...before].filter((pair) => !after.has(pair))
  const gained = [...after].filter((pair) => !before.has(pair))
  if (lost.length === 0 && gained.length === 0) return []
  const texts = [
    ...gained.map((pair) => `no longer allowed together: ${pair}`),
    ...lost.map((pair) => `allowed together now: ${pair}`),
  ]
  return [
    {
      rule: 'exclusive-properties-changed',
      pointer,
      message: texts.join('; '),
      narrows: gained.length > 0 ? 'breaking' : 'safe',
      widens: lost.length > 0 ? 'breaking' : 'safe',
    },
  ]
}

function pairsOf({ side }: Fields, nameOf: (key: string) => string | undefined): ReadonlySet<string> {
  const pairs = exclusivePairs(side.schema).flatMap((pair) => {
    const [one, other] = pair.map(nameOf)
    if (one === undefined || other === undefined) return []
    // In whatever order they are declared.
    return [one < other ? `${one}, ${other}` : `${other}, ${one}`]
  })
  return new Set(pairs)
}
