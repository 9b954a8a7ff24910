import type { JsonSchema } from '../../core/schema/json-schema.ts'

/** What is said to people, or to a caller who leaves a value out; it changes nothing in what is accepted. */
const annotationNames = [
  'title',
  'description',
  'deprecated',
  'default',
  'examples',
  'readOnly',
  'writeOnly',
] as const

/** Keywords whose value is no schema, and that the server checks. */
const plainNames = [
  'type',
  'const',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'required',
  'contentEncoding',
  'contentMediaType',
] as const

const names = (all: readonly string[]): ReadonlySet<string> => new Set(all)

/** The keywords of JSON Schema that the server's check knows, by what stands in them. Others say nothing to it. */
export const keywords = {
  annotations: names(annotationNames),
  plain: names(plainNames),
  one: names([
    'additionalProperties',
    'additionalItems',
    'not',
    'contains',
    'propertyNames',
    'if',
    'then',
    'else',
  ]),
  list: names(['anyOf', 'allOf', 'oneOf']),
  byName: names(['properties', 'patternProperties']),
} as const

/** JSON of any keys. */
export type JsonObject = Record<string, unknown>

/** The annotations of a schema. */
export function annotationsOf(schema: object): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => keywords.annotations.has(key)))
}

/** Whether nothing at all does for a message: it is read as `{}`. */
export function mayBeLeftOut({ type, required = [], properties, anyOf, allOf }: JsonSchema): boolean {
  if (type !== 'object' || properties === undefined || anyOf || allOf) return false
  return required.every((key) => properties[key]?.default !== undefined)
}

/** Whether it is `Empty`, or looks like it: nothing that needs a name. */
export function isEmptyObject(schema: JsonSchema): boolean {
  const { properties, patternProperties } = schema
  return mayBeLeftOut(schema) && Object.keys(properties ?? {}).length === 0 && !patternProperties
}
