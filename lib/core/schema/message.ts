import { refOf, type JsonSchema } from './json-schema.ts'

/** Whether a schema's values are objects: an object schema, or a union or intersection of such. */
export function isMessageSchema(schema: unknown, seen: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false
  const { type, properties, patternProperties, anyOf, allOf, $defs, ...rest } = schema as JsonSchema
  const deeper = new Set([...seen, schema])
  if (anyOf) return anyOf.length > 0 && anyOf.every((branch) => isMessageSchema(branch, deeper))
  if (allOf) return allOf.length > 0 && allOf.every((branch) => isMessageSchema(branch, deeper))
  const ref = refOf(rest)
  if (ref !== undefined) return isMessageSchema($defs?.[ref], deeper)
  return type === 'object' && (properties !== undefined || patternProperties !== undefined)
}
