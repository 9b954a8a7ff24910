import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { exclusivePairs } from '../../core/schema/oneofs.ts'
import { anyKey } from '../../core/schema/record.ts'
import { annotationsOf, keywords, type JsonObject } from './keywords.ts'

/** The JSON Schema that a document speaks: OpenAPI 3.1 the newer, AsyncAPI 3 the older one. */
export type Dialect = '2020-12' | 'draft-07'

/** Converts a schema inside of another; `key` is where it stands, for names and messages. */
export type Nested = (schema: JsonSchema, key: string) => JsonObject

/**
 * A schema as plain JSON, in which exactly what the server's check accepts of a caller is valid: what has a default may be
 * left out, and what the check does not know is not there. Its own annotations are left out too.
 */
export function convertKeywords(schema: JsonSchema, dialect: Dialect, nested: Nested): JsonObject {
  // The type first, as people read it.
  const out: JsonObject = schema.type === undefined ? {} : { type: schema.type }
  for (const [key, value] of Object.entries(schema) as [string, unknown][]) {
    if (keywords.plain.has(key) || (key.startsWith('x-') && key !== 'x-microapi')) out[key] = value
    else if (keywords.one.has(key))
      out[key] = typeof value === 'object' ? nested(value as JsonSchema, key) : value
    else if (keywords.list.has(key)) out[key] = (value as JsonSchema[]).map((one) => nested(one, ''))
    else if (keywords.byName.has(key) && Object.keys(value as object).length > 0)
      out[key] = mapValues(value as Record<string, JsonSchema>, (one, name) => nested(one, name))
    else if (key === 'items' && !Array.isArray(value)) out[key] = nested(value as JsonSchema, 'item')
    else if (key === 'items') out[key] = (value as JsonSchema[]).map((one, i) => nested(one, String(i + 1)))
    else if (key === 'dependencies') Object.assign(out, dependencies(value as Dependencies, dialect, nested))
    else if (key === 'nullable' && value === true) out['type'] = [schema.type, 'null'].flat()
  }
  leaveOutDefaulted(schema, out)
  forbidPairs(schema, out)
  if (dialect === '2020-12') tupleOf2020(out)
  return asRecord(asEnum(out))
}

type Dependencies = Readonly<Record<string, JsonSchema | readonly string[]>>

function dependencies(all: Dependencies, dialect: Dialect, nested: Nested): JsonObject {
  const converted = mapValues(all, (one, name) =>
    Array.isArray(one) ? one : nested(one as JsonSchema, name),
  )
  if (dialect === 'draft-07') return { dependencies: converted }
  const entries = Object.entries(converted)
  return {
    dependentRequired: Object.fromEntries(entries.filter(([, one]) => Array.isArray(one))),
    dependentSchemas: Object.fromEntries(entries.filter(([, one]) => !Array.isArray(one))),
  }
}

/** The server fills in defaults before it checks: whatever has one may be left out. */
function leaveOutDefaulted({ required, properties }: JsonSchema, out: JsonObject): void {
  if (!required) return
  const left = required.filter((key) => properties?.[key]?.default === undefined)
  if (left.length > 0) out['required'] = left
  else delete out['required']
}

/** Of a oneof's properties at most one may be there, which JSON Schema can only say of each two. */
function forbidPairs(schema: JsonSchema, out: JsonObject): void {
  const pairs = exclusivePairs(schema).map((required): JsonObject => ({ required }))
  if (pairs.length === 0) return
  const none = pairs.length === 1 ? pairs[0] : { anyOf: pairs }
  if (out['not'] === undefined) out['not'] = none
  else out['allOf'] = [...((out['allOf'] as JsonObject[] | undefined) ?? []), { not: none }]
}

/** A list of schemas for the first items, and what may stand behind them, have other names there. */
function tupleOf2020(out: JsonObject): void {
  const { items, additionalItems } = out
  delete out['additionalItems']
  if (!Array.isArray(items)) return
  delete out['items']
  if (items.length > 0) out['prefixItems'] = items
  if (additionalItems !== undefined) out['items'] = additionalItems
}

/** A union of constants, which readers and generators know as an enum. */
function asEnum(out: JsonObject): JsonObject {
  const { anyOf, ...rest } = out
  if (!Array.isArray(anyOf) || anyOf.length === 0) return out
  const branches = anyOf as readonly JsonObject[]
  const isConstant = (one: JsonObject): boolean =>
    one['const'] !== undefined && Object.keys(one).every((key) => key === 'const' || key === 'type')
  if (!branches.every(isConstant) || rest['type'] !== undefined || rest['enum'] !== undefined) return out
  const [type, ...others] = new Set(branches.map((one) => one['type']))
  const values = branches.map((one) => one['const'])
  return { ...(type !== undefined && others.length === 0 && { type }), ...rest, enum: [...new Set(values)] }
}

/** A record, in the form that generators understand. */
function asRecord(out: JsonObject): JsonObject {
  const { patternProperties, additionalProperties, ...rest } = out
  if (patternProperties === undefined) return out
  const { [anyKey]: values, ...others } = patternProperties as JsonObject
  const isRecord =
    values !== undefined && Object.keys(others).length === 0 && rest['properties'] === undefined
  if (!isRecord || typeof additionalProperties === 'object') return out
  return { ...rest, additionalProperties: values }
}

/** A schema whose annotations stand before what it accepts, as people read it. */
export function annotated(schema: object, converted: JsonObject): JsonObject {
  return { ...annotationsOf(schema), ...converted }
}

function mapValues<A, B>(
  of: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value, key)]))
}
