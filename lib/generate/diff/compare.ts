import { compareLeaves } from './leaves.ts'
import { compareUnions } from './unions.ts'
import type { Comparison, ComparisonOptions } from './comparison.ts'
import type { SchemaChange } from './schema-change.ts'
import { resolved, rootOf, type Side } from './side.ts'

/**
 * Compares two schemas of a message. Nothing that narrows means: whatever the old one accepts, the new one does too; nothing that
 * widens: the other way round. What cannot be known is told as risky. Throws for a reference that leads nowhere.
 */
export function compareSchemas(
  old: object,
  next: object,
  options: ComparisonOptions,
): readonly SchemaChange[] {
  // Where a recursive schema comes back to a pair, it is being compared already.
  const open = [0, 1, 2, 3].map(() => new Map<object, Set<object>>())
  const comparison: Comparison = {
    ...options,
    compare(given, other, pointer) {
      const [a, b] = [resolved(given), resolved(other)]
      if (isSame(a, b) && !options.renamed) return []
      const here = open[Number(a.isRaw) + 2 * Number(b.isRaw)]!
      const pairs = here.get(a.schema) ?? new Set<object>()
      here.set(a.schema, pairs)
      if (pairs.has(b.schema)) return []
      pairs.add(b.schema)
      const changes = compareUnions(a, b, {
        pointer,
        leaves: (one, two) => compareLeaves(one, two, { comparison, pointer }),
      })
      pairs.delete(b.schema)
      return changes
    },
  }
  const side = (schema: object): Side => {
    const root = rootOf(schema)
    return { root, schema: root.schema, isRaw: false }
  }
  return comparison.compare(side(old), side(next), '')
}

function isSame(a: Side, b: Side): boolean {
  return a.isRaw === b.isRaw && a.root.identity(a.schema) === b.root.identity(b.schema)
}
