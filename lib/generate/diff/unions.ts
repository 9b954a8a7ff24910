import type { Comparison } from './comparison.ts'
import { jsonType, partsOf, type Branch, type Parts } from './parts.ts'
import { narrowsNothing, widensNothing, type SchemaChange } from './schema-change.ts'
import { schemaText, valuesText } from './schema-words.ts'
import type { Side } from './side.ts'

interface At {
  readonly comparison: Comparison
  readonly pointer: string
  readonly leaves: (old: Branch, next: Branch) => readonly SchemaChange[]
}

/** Compares what a value may be: null, single values, and other schemas, each with the one that it was. */
export function compareUnions(old: Side, next: Side, at: At): readonly SchemaChange[] {
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

function nullChanges([a, b]: Pair<Parts>, [old, next]: Pair<Side>, { pointer }: At): readonly SchemaChange[] {
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
  { pointer }: At,
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

function branchChanges(a: Parts, b: Parts, at: At): readonly SchemaChange[] {
  const { pairs, old, next } = paired(a.branches, b.branches)
  const changes = pairs.flatMap(([one, two]) => {
    const own = at.leaves(one, two)
    // What one branch lost another may have.
    const isElsewhere =
      !narrowsNothing(own) && b.branches.some((other) => other !== two && fits(one, other, at))
    const isKnown =
      !widensNothing(own) && a.branches.some((other) => other !== one && fitsBack(other, two, at))
    return own.map((change) => ({
      ...change,
      ...(isElsewhere && { narrows: 'safe' as const }),
      ...(isKnown && { widens: 'safe' as const }),
      ...(pairs.length > 1 && one.tag !== undefined && { message: `${change.message} (where ${one.tag})` }),
    }))
  })
  const lost = old.filter((one) => !b.branches.some((other) => fits(one, other, at)))
  const gained = next.filter((one) => !a.branches.some((other) => fitsBack(other, one, at)))
  const { pointer } = at
  return [
    ...changes,
    ...lost.map((one): SchemaChange => {
      const text = one.tag ?? schemaText(one.side.schema)
      return {
        rule: 'variant-removed',
        pointer,
        old: text,
        message: `no longer allowed: ${text}`,
        narrows: 'breaking',
        widens: 'safe',
      }
    }),
    ...gained.map((one): SchemaChange => {
      const text = one.tag ?? schemaText(one.side.schema)
      const isNewType = !typesOf(a).some((type) => overlaps(type, typeOf(one)))
      return {
        rule: 'variant-added',
        pointer,
        new: text,
        message: `allowed now: ${text}`,
        narrows: 'safe',
        widens: isNewType || a.branches.length === 0 ? 'breaking' : 'risky',
      }
    }),
  ]
}

function fits(one: Branch, other: Branch, at: At): boolean {
  return narrowsNothing(at.leaves(one, other))
}

function fitsBack(one: Branch, other: Branch, at: At): boolean {
  return widensNothing(at.leaves(one, other))
}

/** Which branch has become which: by what they are, by their tags, their names, their types. */
function paired(
  old: readonly Branch[],
  next: readonly Branch[],
): { pairs: readonly Pair<Branch>[]; old: readonly Branch[]; next: readonly Branch[] } {
  const left = [new Set(old), new Set(next)] as const
  const pairs: Pair<Branch>[] = []
  // Twice by what is the only one of its type: what is left behind the first time may be so then.
  for (const name of [identity, tag, id, only(left), only(left)]) {
    const named = new Map([...left[1]].map((two) => [name(two, 1), two]))
    for (const [one, wanted] of [...left[0]].map((each) => [each, name(each, 0)] as const)) {
      const other = wanted === undefined ? undefined : named.get(wanted)
      if (!other || !left[1].has(other)) continue
      pairs.push([one, other])
      left[0].delete(one)
      left[1].delete(other)
    }
  }
  return { pairs, old: [...left[0]], next: [...left[1]] }
}

type Naming = (branch: Branch, at: 0 | 1) => string | undefined

const identity: Naming = ({ side }) => side.root.identity(side.schema)
const tag: Naming = (branch) => branch.tag
const id: Naming = ({ side }) => side.schema.$id

/** The type, where no other that is left has it. */
function only(left: readonly [ReadonlySet<Branch>, ReadonlySet<Branch>]): Naming {
  return (branch, at) => {
    if (left[0].size === 1 && left[1].size === 1) return 'the last ones'
    const family = (one: Branch): string => typeOf(one).replace('integer', 'number')
    const own = family(branch)
    return [...left[at]].filter((other) => family(other) === own).length === 1 ? own : undefined
  }
}

function typeOf({ side, isOpaque }: Branch): string {
  return isOpaque ? 'any' : ((side.schema.type as string | undefined) ?? 'any')
}

function typesOf({ hasNull, values, branches }: Parts): readonly string[] {
  return [...(hasNull ? ['null'] : []), ...values.map(jsonType), ...branches.map(typeOf)]
}

function overlaps(one: string, other: string): boolean {
  const numbers = ['integer', 'number']
  return (
    one === other || one === 'any' || other === 'any' || (numbers.includes(one) && numbers.includes(other))
  )
}
