/** The part of JSON Schema that TypeBox writes and that walks over values look at. */
export interface JsonSchema {
  readonly $id?: string
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly format?: string
  readonly default?: unknown
  /** Its values are not to be seen in logs and messages. */
  readonly sensitive?: boolean
  readonly contentEncoding?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

/** A TypeBox transform's two functions. */
export interface Transform {
  readonly Decode: (value: unknown) => unknown
  readonly Encode: (value: unknown) => unknown
}

// Registered symbols, read by name so that schemas of any copy of TypeBox are understood.
const transformKind: unique symbol = Symbol.for('TypeBox.Transform')

/** The schema with a transform of its own. */
export function withTransform(schema: JsonSchema, transform: Transform): JsonSchema {
  return { ...schema, [transformKind]: transform } as JsonSchema
}

/** The schema's own transform, if it is one. */
export function transformOf(schema: JsonSchema): Transform | undefined {
  return (schema as { [transformKind]?: Transform })[transformKind]
}

/** The name that a `$ref` points at, whether written as `User` or as `#/$defs/User`. */
export function refOf(schema: JsonSchema): string | undefined {
  return schema.$ref?.replace(/^#\/\$defs\//, '')
}

/** Whether the schema is `t.Bytes()`. */
export function isBytes(schema: JsonSchema): boolean {
  return schema.contentEncoding === 'base64'
}

/**
 * The schema as plain JSON, rewritten from the leaves up by `change`, which is told what stood there; symbols are left behind.
 */
export function mapSchema(
  schema: JsonSchema,
  change: (schema: JsonSchema, before: JsonSchema) => JsonSchema,
): JsonSchema {
  const map = (one: JsonSchema): JsonSchema => mapSchema(one, change)
  const mapAll = (all: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> =>
    Object.fromEntries(Object.entries(all).map(([key, one]) => [key, map(one)]))
  const out: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties' || keyword === 'patternProperties' || keyword === '$defs')
      out[keyword] = mapAll(value)
    else if (keyword === 'anyOf' || keyword === 'allOf' || keyword === 'oneOf') out[keyword] = value.map(map)
    else if (keyword === 'items') out[keyword] = Array.isArray(value) ? value.map(map) : map(value)
    else if ((keyword === 'additionalProperties' || keyword === 'not') && typeof value === 'object')
      out[keyword] = map(value)
    else out[keyword] = value
  }
  return change(out, schema)
}
