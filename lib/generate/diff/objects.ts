import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { ChangeLevel } from './finding.ts'
import type { Place } from './comparison.ts'
import { limitChanges } from './limits.ts'
import { compareOthers } from './others.ts'
import { aloneChanges } from './alone.ts'
import { fieldsOf, isFilledIn, isNeeded, isSent, type Fields } from './fields.ts'
import { oneofChanges } from './oneofs.ts'
import { pointerTo, type SchemaChange } from './schema-change.ts'
import { schemaText, valueText } from './schema-words.ts'
import { inside, type Side } from './side.ts'

/** Compares objects: each property with the one that it was, and what may stand beside them. */
export function compareObjects(old: Side, next: Side, place: Place): readonly SchemaChange[] {
  const { comparison, pointer } = place
  const renamed = comparison.renamed?.get(pointer)
  const sides = [fieldsOf(old), fieldsOf(next)] as const
  const changes: SchemaChange[] = []
  const shared = new Map<string, string>()
  for (const key of sides[0].properties.keys()) {
    const other = renamed?.get(key) ?? key
    if (sides[1].properties.has(other)) {
      shared.set(key, other)
      changes.push(...sharedChanges(sides, [key, other], place))
    } else changes.push(...aloneChanges(sides, key, 'old', place))
  }
  const met = new Set(shared.values())
  for (const key of sides[1].properties.keys())
    if (!met.has(key)) changes.push(...aloneChanges(sides, key, 'new', place))
  return [
    ...changes,
    ...oneofChanges(sides, shared, pointer),
    ...compareOthers(sides, place),
    ...countChanges(old.schema, next.schema, pointer),
  ]
}

type Both = readonly [old: Fields, next: Fields]

/** A property that both have. */
function sharedChanges(
  [a, b]: Both,
  [key, other]: readonly [string, string],
  place: Place,
): readonly SchemaChange[] {
  const { comparison, pointer } = place
  const at = pointerTo(pointer, key)
  const [one, two] = [a.properties.get(key)!, b.properties.get(other)!]
  const changes: SchemaChange[] = [...comparison.compare(inside(a.side, one), inside(b.side, two), at)]
  const fills = comparison.part === 'output'
  const wasSent = isSent(a, key, fills)
  const isSentNow = isSent(b, other, fills)
  if (isNeeded(b, other) && !wasSent)
    changes.push({
      rule: 'property-required',
      pointer: at,
      message: 'it is required now',
      narrows: 'breaking',
      widens: 'safe',
    })
  if (isNeeded(a, key) && !isSentNow)
    changes.push({
      rule: 'property-optional',
      pointer: at,
      message: 'it may be left out now',
      narrows: 'safe',
      widens: 'breaking',
    })
  return [...changes, ...defaultChanges([a, b], [key, other], at)]
}

function defaultChanges(
  [a, b]: Both,
  [key, other]: readonly [string, string],
  pointer: string,
): readonly SchemaChange[] {
  const [one, two] = [a.properties.get(key)!, b.properties.get(other)!]
  const texts = [one.default, two.default].map((value) =>
    value === undefined ? undefined : valueText(value),
  )
  if (JSON.stringify(one.default) === JSON.stringify(two.default) && schemaText(one) === schemaText(two))
    return []
  const changes: SchemaChange[] = []
  if (texts[0] !== undefined && texts[1] !== undefined && texts[0] !== texts[1])
    changes.push({
      rule: 'default-changed',
      pointer,
      old: texts[0],
      new: texts[1],
      message: `who leaves it out means ${texts[1]}, and meant ${texts[0]}`,
      narrows: 'risky',
      widens: 'risky',
    })
  const refused = (fields: Fields, name: string): ChangeLevel => {
    const schema = fields.properties.get(name)!
    return isFilledIn(fields, name) && !fields.side.root.accepts(schema, schema.default) ? 'breaking' : 'safe'
  }
  const [narrows, widens] = [refused(b, other), refused(a, key)]
  if (narrows !== 'safe' || widens !== 'safe')
    changes.push({
      rule: 'default-refused',
      pointer,
      message: 'its default does not fit its own schema',
      narrows,
      widens,
    })
  return changes
}

function countChanges(old: JsonSchema, next: JsonSchema, pointer: string): readonly SchemaChange[] {
  type Counted = { readonly minProperties?: number; readonly maxProperties?: number }
  const [a, b] = [old as Counted, next as Counted]
  return [
    ...limitChanges({
      rule: 'properties',
      words: 'the number of properties is at least',
      pointer,
      old: a.minProperties || undefined,
      next: b.minProperties || undefined,
      isLeast: true,
    }),
    ...limitChanges({
      rule: 'properties',
      words: 'the number of properties is at most',
      pointer,
      old: a.maxProperties,
      next: b.maxProperties,
      isLeast: false,
    }),
  ]
}
