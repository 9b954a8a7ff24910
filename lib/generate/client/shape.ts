import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { call, list, object, quoted, type Bracketed, type Code } from '../code-text.ts'
import { jsonCode, ownType } from './values.ts'

/** A schema's code, apart from what is only said of it. */
export interface Shape {
  /** The keywords that the code stands for. */
  readonly used: readonly string[]
  /** Those of the others that its options may hold; all of them when it is not said. */
  readonly options?: readonly string[]
  readonly code: (options: Bracketed | undefined) => Code
}

/** Writes a schema within another; `key` is where it stands, for messages. */
export type Inner = (schema: JsonSchema, key: string) => Code

/** Writes a property of an object. */
export type InnerProperty = (schema: JsonSchema, key: string, isRequired: boolean) => Code

/** Keywords of which one at least says what a value is. */
const shaping =
  'type const enum anyOf allOf oneOf not if properties patternProperties items contains required'.split(' ')

/** What TypeBox writes for the keys of records. */
const keysOf = new Map([
  ['^(.*)$', 'Type.String()'],
  ['^(0|[1-9][0-9]*)$', 'Type.Number()'],
])

/** Finds the TypeBox code of a schema; what TypeBox has no word for is written as it stands, its type beside it. */
export function shapeOf(schema: JsonSchema, inner: Inner, property: InnerProperty): Shape {
  return ownShape(schema) ?? composedShape(schema, inner, property) ?? plainShape(schema)
}

function ownShape(schema: JsonSchema): Shape | undefined {
  const own = ownType(schema)
  if (own === undefined) return undefined
  const used = { DateTime: ['format'], BigInt: ['pattern'], Bytes: ['contentEncoding'] }[own]
  return {
    used: ['type', 'x-microapi', ...used],
    options: own === 'DateTime' ? [] : ['proto'],
    code: (options) => call(`t.${own}`, options),
  }
}

function composedShape(schema: JsonSchema, inner: Inner, property: InnerProperty): Shape | undefined {
  const { type, properties, patternProperties, required = [], items, anyOf, allOf } = schema
  const { minItems, maxItems, additionalItems } = schema as Readonly<Record<string, unknown>>
  const make = (head: string, used: readonly string[], ...args: readonly Code[]): Shape => ({
    used,
    code: (options) => call(head, ...args, options),
  })
  if (anyOf && anyOf.length > 1)
    return make('Type.Union', ['anyOf'], list(anyOf.map((one, i) => inner(one, String(i)))))
  if (allOf && allOf.length > 1) {
    const isObject = allOf.every((one) => one.type === 'object' && one.properties)
    const parts = list(allOf.map((one, i) => inner(one, String(i))))
    return make('Type.Intersect', isObject && type === 'object' ? ['allOf', 'type'] : ['allOf'], parts)
  }
  if (type === 'object' && properties && !patternProperties) {
    if (!required.every((key) => Object.hasOwn(properties, key))) return undefined
    const entries = Object.entries(properties).map(
      ([key, one]) => [key, property(one, key, required.includes(key))] as const,
    )
    return make('Type.Object', ['type', 'properties', 'required'], object(Object.fromEntries(entries)))
  }
  if (type === 'object' && patternProperties && !properties && schema.required === undefined) {
    const [[pattern, value] = ['', {}], ...others] = Object.entries(patternProperties)
    if (others.length > 0) return undefined
    const key = keysOf.get(pattern) ?? call('Type.String', object({ pattern: quoted(pattern) }))
    return make('Type.Record', ['type', 'patternProperties'], key, inner(value, '*'))
  }
  if (type !== 'array') return undefined
  if (Array.isArray(items) || (items === undefined && maxItems === 0 && minItems === 0)) {
    const all = (items ?? []) as readonly JsonSchema[]
    const isTuple = minItems === all.length && maxItems === all.length
    if (!isTuple || (all.length > 0 && additionalItems !== false)) return undefined
    const used = ['type', 'items', 'minItems', 'maxItems', 'additionalItems']
    return make('Type.Tuple', used, list(all.map((one, i) => inner(one, String(i)))))
  }
  return make('Type.Array', ['type', 'items'], inner((items as JsonSchema | undefined) ?? {}, '*'))
}

function plainShape(schema: JsonSchema): Shape {
  const { type, const: value, not } = schema as JsonSchema & { readonly not?: JsonSchema }
  const has = shaping.filter((key) => key in schema)
  const make = (head: string, used: readonly string[], ...args: readonly Code[]): Shape => ({
    used,
    code: (options) => call(head, ...args, options),
  })
  if (has.length === 0) return make('Type.Unknown', [])
  if (has.every((key) => key === 'type') && typeof type === 'string' && Object.hasOwn(words, type)) {
    if (!('nullable' in schema)) return make(`Type.${words[type]!}`, ['type'])
  }
  const isLiteral = typeof value === type && has.every((key) => key === 'type' || key === 'const')
  if (isLiteral) return make('Type.Literal', ['const', 'type'], jsonCode(value))
  if (has.length === 1 && typeof not === 'object')
    return make('Type.Not', ['not'], make('Type.Unsafe', [], jsonCode(not)).code(undefined))
  return { used: [], code: (options) => call(`Type.Unsafe<${typeText(schema)}>`, options ?? '{}') }
}

const words: Readonly<Record<string, string>> = {
  string: 'String',
  integer: 'Integer',
  number: 'Number',
  boolean: 'Boolean',
  null: 'Null',
}

const types: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
  array: 'unknown[]',
  object: 'Record<string, unknown>',
}

/** The type of what TypeBox has no word for; nothing is claimed that the keywords do not say. */
function typeText(schema: JsonSchema): string {
  const { type, enum: values, nullable } = schema as JsonSchema & { enum?: unknown[]; nullable?: unknown }
  const isPlain = (one: unknown): boolean => typeof one !== 'object' || one === null
  const parts = values?.every(isPlain)
    ? values.map((one) => (typeof one === 'string' ? quoted(one) : String(one)))
    : [type ?? []].flat().map((one) => types[one] ?? 'unknown')
  if (nullable === true) parts.push('null')
  return parts.length === 0 ? 'unknown' : [...new Set(parts)].join(' | ')
}
