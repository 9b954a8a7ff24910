import { pairBranches } from './branch-pairs.ts'
import type { Branch, Parts } from './parts.ts'
import { narrowsNothing, widensNothing, type SchemaChange } from './schema-change.ts'
import { schemaText } from './schema-words.ts'
import { overlaps, typeOf, typesOf } from './value-types.ts'

/** Where branches of a union stand that are being compared, and what compares two of them. */
export interface BranchPlace {
  readonly pointer: string
  readonly leaves: (old: Branch, next: Branch) => readonly SchemaChange[]
}

/** What changed in the schemas that a value may be of. */
export function branchChanges(a: Parts, b: Parts, at: BranchPlace): readonly SchemaChange[] {
  const { pairs, old, next } = pairBranches(a.branches, b.branches)
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

function fits(one: Branch, other: Branch, at: BranchPlace): boolean {
  return narrowsNothing(at.leaves(one, other))
}

function fitsBack(one: Branch, other: Branch, at: BranchPlace): boolean {
  return widensNothing(at.leaves(one, other))
}
