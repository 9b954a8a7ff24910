import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'

/** Finds what a schema refers to by name. */
export interface References {
  /** The schema itself, or what its `$ref` points at. Throws, naming `path`, where nothing is there. */
  resolve(schema: JsonSchema, path: string): JsonSchema
  /** The name under which a schema is shared; none for those that TypeBox numbered by itself. */
  nameOf(schema: JsonSchema): string | undefined
}

/** Type.Recursive without an `$id` counts: T0, T1 …, in the order in which the program happens to make them. */
const counted = /^T\d+$/

/** Collects the names in a schema: every `$id`, every key of `$defs`. */
export function collectReferences(root: JsonSchema): References {
  const named = new Map<string, JsonSchema>()
  const definitions = new Map<JsonSchema, string>()
  eachSchema(root, (schema) => {
    if (schema.$id !== undefined && !named.has(schema.$id)) named.set(schema.$id, schema)
    for (const [name, definition] of Object.entries(schema.$defs ?? {})) {
      if (!named.has(name)) named.set(name, definition)
      definitions.set(definition, name)
    }
  })
  return {
    resolve(schema, path) {
      const seen = new Set<JsonSchema>()
      let found = schema
      for (let ref = refOf(found); ref !== undefined; ref = refOf(found)) {
        const next = named.get(ref)
        if (!next || seen.has(next))
          throw new TypeError(
            `${path}: $ref "${ref}" points at no schema; put the one with that $id around it`,
          )
        seen.add(next)
        found = next
      }
      return found
    },
    nameOf(schema) {
      const name = schema.$id ?? definitions.get(schema)
      return name !== undefined && counted.test(name) ? undefined : name
    },
  }
}

function eachSchema(schema: JsonSchema, visit: (schema: JsonSchema) => void): void {
  visit(schema)
  const { $defs, properties, patternProperties, additionalProperties, items, anyOf, allOf } = schema
  const inner = [
    ...Object.values($defs ?? {}),
    ...Object.values(properties ?? {}),
    ...Object.values(patternProperties ?? {}),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ...(Array.isArray(items) ? (items as JsonSchema[]) : items ? [items as JsonSchema] : []),
    ...(anyOf ?? []),
    ...(allOf ?? []),
  ]
  for (const one of inner) eachSchema(one, visit)
}
