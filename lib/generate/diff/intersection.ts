import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { inside, resolved, type Side } from './side.ts'

const merged = new WeakMap<JsonSchema, JsonSchema | undefined>()

/** What every value has that fits all parts, as one object schema; undefined where that is not plainly one. */
export function mergedIntersection(side: Side): JsonSchema | undefined {
  const { schema } = side
  if (!merged.has(schema)) merged.set(schema, merge(side))
  return merged.get(schema)
}

const understood = new Set(['type', 'properties', 'required'])
const annotations = new Set([
  '$id',
  'title',
  'description',
  'examples',
  'deprecated',
  'unevaluatedProperties',
])

function merge(side: Side): JsonSchema | undefined {
  const properties: Record<string, JsonSchema> = {}
  const required = new Set<string>()
  for (const given of side.schema.allOf ?? []) {
    const one = resolved(inside(side, given)).schema
    const part = one.allOf ? mergedIntersection(inside(side, one)) : one
    if (part?.type !== 'object' || !part.properties) return undefined
    if (Object.keys(part).some((key) => !understood.has(key) && !annotations.has(key))) return undefined
    for (const [key, property] of Object.entries(part.properties)) {
      const before = properties[key]
      if (before && JSON.stringify(before) !== JSON.stringify(property)) return undefined
      properties[key] = property
    }
    for (const key of part.required ?? []) required.add(key)
  }
  return { type: 'object', properties, required: [...required] }
}
