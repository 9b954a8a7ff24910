import { fromBase64, toBase64 } from '../../core/base64.ts'
import { transformOf, isBytes, refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { buildWalk } from '../../core/schema/walk.ts'
import { tagOf } from '../../core/schema/tagged.ts'
import { call, list, object, quoted, type Code } from '../code-text.ts'

/** A value of JSON as code. */
export function jsonCode(value: unknown): Code {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return list(value.map(jsonCode))
  if (typeof value !== 'object' || value === null) return String(value)
  return object(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, jsonCode(one)])))
}

/** Whether a schema is `t.DateTime()`, `t.BigInt()` or `t.Bytes()`. */
export function ownType(schema: JsonSchema): 'DateTime' | 'BigInt' | 'Bytes' | undefined {
  const mark = (schema as { 'x-microapi'?: unknown })['x-microapi']
  if (mark === 'date-time') return 'DateTime'
  if (mark === 'bigint') return 'BigInt'
  return isBytes(schema) && schema.type === 'string' ? 'Bytes' : undefined
}

/** Whether a schema is a transform that its user wrote, whose functions stand nowhere but in the server. */
export function isOwnersTransform(schema: JsonSchema): boolean {
  return transformOf(schema) !== undefined && ownType(schema) === undefined
}

/**
 * A default in JSON form as code in the caller's: dates, bigints and bytes are values. Undefined where the schema does not
 * say which form it is, and for one that `t.Default` would change.
 */
export function defaultCode(schema: JsonSchema, value: unknown): Code | undefined {
  return isWhole(schema, value) ? decodedCode(schema, value) : undefined
}

/** Whether a default leaves nothing out that has a default itself. */
function isWhole(schema: JsonSchema, value: unknown): boolean {
  try {
    const fill = buildWalk(schema, { fill: true, partial: true, accepts: () => () => true })
    return !fill || JSON.stringify(fill(value)) === JSON.stringify(value)
  } catch {
    return false
  }
}

function decodedCode(schema: JsonSchema, value: unknown): Code | undefined {
  const own = ownType(schema)
  if (own !== undefined) return typeof value === 'string' ? ownCode[own](value) : undefined
  if (isWire(schema)) return jsonCode(value)
  if (schema.anyOf) {
    const tag = tagOf(schema.anyOf)
    const at = tag?.values.indexOf((value as Record<string, unknown> | null)?.[tag.key]) ?? -1
    return schema.anyOf[at] && decodedCode(schema.anyOf[at], value)
  }
  if (Array.isArray(value)) {
    const { items } = schema
    const codes = value.map((one, i) => {
      const item = Array.isArray(items) ? (items as JsonSchema[])[i] : (items as JsonSchema | undefined)
      return item && decodedCode(item, one)
    })
    return codes.includes(undefined) ? undefined : list(codes as Code[])
  }
  if (typeof value !== 'object' || value === null) return jsonCode(value)
  const inner = schema.properties ?? {}
  const [values] = Object.values(schema.patternProperties ?? {})
  const entries = Object.entries(value).map(([key, one]): readonly [string, Code | undefined] => {
    const property = inner[key] ?? values
    return [key, property && decodedCode(property, one)]
  })
  return entries.some(([, one]) => one === undefined) ? undefined : object(Object.fromEntries(entries))
}

const ownCode = {
  DateTime: (text: string): Code | undefined =>
    jsonOfDate(text) === text ? call('new Date', quoted(text)) : undefined,
  BigInt: (text: string): Code => `${text}n`,
  Bytes: (text: string): Code | undefined => {
    const bytes = fromBase64(text)
    return toBase64(bytes) === text ? call('new Uint8Array', list([...bytes].map(String))) : undefined
  },
}

function jsonOfDate(text: string): string | null {
  return new Date(text).toJSON()
}

/** Whether values of a schema are what JSON has, all through. */
function isWire(schema: JsonSchema): boolean {
  if (ownType(schema) !== undefined || refOf(schema) !== undefined) return false
  return Object.values(schema).every((one) => typeof one !== 'object' || one === null || isWireIn(one))
}

function isWireIn(value: object): boolean {
  return Array.isArray(value)
    ? value.every((one) => typeof one !== 'object' || one === null || isWireIn(one))
    : isWire(value)
}
