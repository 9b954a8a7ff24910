import type { Method } from '../core/method.ts'
import { isBytes, refOf, type JsonSchema } from '../core/schema/json-schema.ts'

/** A small input, in JSON form, that a method's schema allows; undefined where none is found. */
export function exampleInput({ input, compiled }: Pick<Method, 'input' | 'compiled'>): unknown {
  try {
    const value = exampleOf(input, new Map())
    compiled.input.take(structuredClone(value), ({ message }) => new Error(message))
    return value
  } catch {
    return undefined
  }
}

/** Schemas that a reference may name. */
type Scope = ReadonlyMap<string, JsonSchema>

/** Examples as JSON Schema has them, which TypeBox passes on, and what bounds a value. */
interface Bounds {
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly minItems?: number
}

function exampleOf(schema: JsonSchema & Bounds, outer: Scope): unknown {
  const { $id, $defs, $ref: _, anyOf, allOf, items, examples = [] } = schema
  const inner = new Map([...outer, ...Object.entries($defs ?? {}), ...($id ? [[$id, schema] as const] : [])])
  const ref = refOf(schema)
  // What contains itself without end has no example; the stack says so.
  if (ref !== undefined) return exampleOf(inner.get(ref)!, inner)
  for (const given of [schema.const, schema.default, ...examples, schema.enum?.[0]])
    if (given !== undefined) return given
  if (anyOf) return exampleOf(anyOf[0]!, inner)
  if (allOf) return Object.assign({}, ...allOf.map((part) => exampleOf(part, inner)))
  if (schema.type === 'object') return objectOf(schema, inner)
  if (schema.type === 'array') {
    const each = Array.isArray(items) ? items : Array.from({ length: schema.minItems ?? 0 }, () => items)
    return each.map((item) => exampleOf(item as JsonSchema, inner))
  }
  return scalarOf(schema)
}

function objectOf({ properties = {}, required = [] }: JsonSchema, scope: Scope): unknown {
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name]!, scope)]))
}

const strings: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  email: 'ada@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function scalarOf(schema: JsonSchema & Bounds): unknown {
  const { type, format = '', minimum, exclusiveMinimum, maximum = 1, minLength = 0 } = schema
  switch (type) {
    case 'string':
      if ((schema as Readonly<Record<string, unknown>>)['x-microapi'] === 'bigint') return '1'
      return isBytes(schema) ? 'AQI=' : (strings[format] ?? 'text'.padEnd(minLength, '.'))
    case 'integer':
    case 'number':
      return minimum ?? (exclusiveMinimum === undefined ? Math.min(1, maximum) : exclusiveMinimum + 1)
    case 'boolean':
      return true
    default:
      return null
  }
}
