import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { Place } from './comparison.ts'
import { limitChanges } from './limits.ts'
import { pointerTo, type SchemaChange } from './schema-change.ts'
import { inside, type Side } from './side.ts'

type ArraySchema = JsonSchema & {
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly additionalItems?: boolean | JsonSchema
}

/** Compares lists: how many items, and each item with the one in its place. */
export function compareArrays(
  old: Side,
  next: Side,
  { comparison, pointer }: Place,
): readonly SchemaChange[] {
  const [a, b] = [old.schema as ArraySchema, next.schema as ArraySchema]
  const lists = [a, b].map(({ items }) => (Array.isArray(items) ? (items as JsonSchema[]).length : 0))
  const fixed = Math.max(...lists)
  const changes: SchemaChange[] = [...countChanges(a, b, pointer)]
  for (let i = 0; i <= fixed; i++) {
    const [one, two] = [itemAt(a, i), itemAt(b, i)]
    const isBeyond = [a, b].map((schema) => i >= mostOf(schema))
    // Items that one side cannot have are told by the counts.
    if (one === false || two === false) continue
    const key = i < fixed ? String(i) : '*'
    const own = comparison.compare(inside(old, one), inside(next, two), pointerTo(pointer, key))
    changes.push(
      ...own.map((change) => ({
        ...change,
        ...(isBeyond[0] === true && { narrows: 'safe' as const }),
        ...(isBeyond[1] === true && { widens: 'safe' as const }),
      })),
    )
  }
  return changes
}

const anything: JsonSchema = {}

function itemAt({ items, additionalItems = true }: ArraySchema, i: number): JsonSchema | false {
  if (items === undefined) return anything
  if (!Array.isArray(items))
    return (items as JsonSchema | boolean) === false ? false : asSchema(items as JsonSchema)
  return asSchema((items as JsonSchema[])[i] ?? additionalItems)
}

function asSchema(schema: JsonSchema | boolean): JsonSchema | false {
  return schema === true ? anything : schema
}

/** How many items there can be, by what is said of their number and of those that are not allowed. */
function mostOf(schema: ArraySchema): number {
  const { items, additionalItems, maxItems = Infinity } = schema
  return Array.isArray(items) && additionalItems === false ? Math.min(items.length, maxItems) : maxItems
}

function countChanges(a: ArraySchema, b: ArraySchema, pointer: string): readonly SchemaChange[] {
  const finite = (n: number): number | undefined => (Number.isFinite(n) ? n : undefined)
  return [
    ...limitChanges({
      rule: 'items',
      words: 'the number of items is at least',
      pointer,
      old: a.minItems || undefined,
      next: b.minItems || undefined,
      isLeast: true,
    }),
    ...limitChanges({
      rule: 'items',
      words: 'the number of items is at most',
      pointer,
      old: finite(mostOf(a)),
      next: finite(mostOf(b)),
      isLeast: false,
    }),
    ...uniqueChanges(a.uniqueItems === true, b.uniqueItems === true, pointer),
  ]
}

function uniqueChanges(old: boolean, next: boolean, pointer: string): readonly SchemaChange[] {
  if (old === next) return []
  return [
    {
      rule: next ? 'unique-added' : 'unique-removed',
      pointer,
      message: next ? 'no two items may be the same' : 'two items may be the same',
      narrows: next ? 'breaking' : 'safe',
      widens: next ? 'safe' : 'breaking',
      isConstraint: true,
    },
  ]
}
