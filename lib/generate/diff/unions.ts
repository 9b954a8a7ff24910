import { branchChanges, type BranchPlace } from './branches.ts'
import { partsOf, type Parts } from './parts.ts'
import type { SchemaChange } from './schema-change.ts'
import { schemaText, valuesText } from './schema-words.ts'
import type { Side } from './side.ts'
import { overlaps, typesOf } from './value-types.ts'

/** Compares what a value may be: null, single values, and other schemas, each with the one that it was. */
export function compareUnions(old: Side, next: Side, at: BranchPlace): readonly SchemaChange[] {
  const [a, b] = [partsOf(old), partsOf(next)]
  const { pointer } = at
  const said = { pointer, old: schemaText(old.schema), new: schemaText(next.schema) }
  const types = [typesOf(a), typesOf(b)] as const
  if (
    types.every((all) => all.length > 0) &&
    !types[0].some((one) => types[1].some((two) => overlaps(one, two)))
  )
    return [
      {
        rule: 'type-changed',
        ...said,
        message: `the type changed from ${said.old} to ${said.new}`,
        narrows: 'breaking',
        widens: 'breaking',
      },
    ]
  return [
    ...nullChanges([a, b], [old, next], at),
    ...valueChanges([a, b], [old, next], at),
    ...branchChanges(a, b, at),
  ]
}

type Pair<T> = readonly [old: T, next: T]

function nullChanges(
  [a, b]: Pair<Parts>,
  [old, next]: Pair<Side>,
  { pointer }: BranchPlace,
): readonly SchemaChange[] {
  const both = { pointer, old: schemaText(old.schema), new: schemaText(next.schema) }
  if (a.hasNull && !b.hasNull && !next.root.accepts(next.schema, null))
    return [
      {
        rule: 'null-removed',
        ...both,
        message: 'null is no longer allowed',
        narrows: 'breaking',
        widens: 'safe',
      },
    ]
  if (b.hasNull && !a.hasNull && !old.root.accepts(old.schema, null))
    return [
      { rule: 'null-added', ...both, message: 'null is allowed now', narrows: 'safe', widens: 'breaking' },
    ]
  return []
}

function valueChanges(
  [a, b]: Pair<Parts>,
  [old, next]: Pair<Side>,
  { pointer }: BranchPlace,
): readonly SchemaChange[] {
  const lost = valuesOnlyOf(a, b, next)
  const gained = valuesOnlyOf(b, a, old)
  const changes: SchemaChange[] = []
  if (lost.length > 0)
    changes.push({
      rule: 'value-removed',
      pointer,
      old: valuesText(a.values),
      new: b.values.length > 0 ? valuesText(b.values) : schemaText(next.schema),
      message: `no longer allowed: ${valuesText(lost)}`,
      narrows: 'breaking',
      widens: 'safe',
    })
  if (gained.length > 0)
    changes.push({
      rule: 'value-added',
      pointer,
      old: a.values.length > 0 ? valuesText(a.values) : schemaText(old.schema),
      new: valuesText(b.values),
      message: `allowed now: ${valuesText(gained)}`,
      narrows: 'safe',
      // Who knows the old values has nothing for these, if they are ever sent.
      widens: 'risky',
    })
  return changes
}

function valuesOnlyOf({ values }: Parts, other: Parts, side: Side): readonly unknown[] {
  const known = new Set(other.values.map((value) => JSON.stringify(value)))
  return values.filter((value) => {
    if (known.has(JSON.stringify(value))) return false
    return other.branches.length === 0 || !side.root.accepts(side.schema, value)
  })
}
