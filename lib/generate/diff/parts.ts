import { isBytes, type JsonSchema } from '../../core/schema/json-schema.ts'
import { tagOf } from '../../core/schema/tagged.ts'
import { keywords } from '../json-schema/keywords.ts'
import { mergedIntersection } from './intersection.ts'
import { inside, resolved, type Side } from './side.ts'

/** What a value may be, any of it. */
export interface Parts {
  readonly hasNull: boolean
  /** Single values: constants, and true and false. */
  readonly values: readonly unknown[]
  /** The rest, each without references, of one type or of any. */
  readonly branches: readonly Branch[]
}

/** One of the schemas that a value may fit. */
export interface Branch {
  readonly side: Side
  /** The value of the tag that tells it apart, as text. */
  readonly tag?: string | undefined
  /** It says what only ajv understands: it is the same as another, or it is not known how they differ. */
  readonly isOpaque: boolean
}

/** Whether a keyword says what is accepted. */
export function isConstraint(keyword: string): boolean {
  const { plain, one, list, byName } = keywords
  return (
    plain.has(keyword) ||
    one.has(keyword) ||
    list.has(keyword) ||
    byName.has(keyword) ||
    ['items', 'nullable', 'dependencies'].includes(keyword)
  )
}

/** Takes a schema apart. Throws for a reference that leads nowhere. */
export function partsOf(given: Side): Parts {
  const side = resolved(given)
  const { schema } = side
  const said = Object.keys(schema).filter(isConstraint)
  const only = (...allowed: readonly string[]): boolean => said.every((one) => allowed.includes(one))
  if (schema.anyOf) return only('anyOf') ? unionParts(side, schema.anyOf) : opaque(side)
  if (schema.allOf) {
    const merged = only('allOf', 'type') && mergedIntersection(side)
    return merged ? partsOf(inside(side, merged)) : opaque(side)
  }
  if (said.includes('oneOf')) return opaque(side)
  const { enum: listed, nullable } = schema as { enum?: readonly unknown[]; nullable?: boolean }
  const constants = schema.const === undefined ? listed : [schema.const]
  if (constants) {
    const simple = only('const', 'type') || only('enum', 'type') ? typeTest(schema) : undefined
    const accepted = constants.filter((value) => (simple ?? ((one) => side.root.accepts(schema, one)))(value))
    return {
      hasNull: accepted.includes(null),
      values: accepted.filter((value) => value !== null),
      branches: [],
    }
  }
  if (isBytes(schema)) return single(side)
  const types = schema.type === undefined ? [undefined] : [schema.type].flat()
  return joined([
    ...types.map((type) => ofType(type, inside(side, withType(schema, type)))),
    ...(nullable === true && schema.type !== undefined ? [{ ...nothing, hasNull: true }] : []),
  ])
}

const nothing: Parts = { hasNull: false, values: [], branches: [] }

function ofType(type: string | undefined, side: Side): Parts {
  if (type === 'null') return { ...nothing, hasNull: true }
  if (type === 'boolean') return { ...nothing, values: [true, false] }
  return single(side)
}

function single(side: Side): Parts {
  return { ...nothing, branches: [{ side, isOpaque: false }] }
}

function opaque(side: Side): Parts {
  return { ...nothing, branches: [{ side, isOpaque: true }] }
}

const narrowed = new WeakMap<JsonSchema, Map<string | undefined, JsonSchema>>()

/** The same object whenever it is asked for: a comparison knows by it where it has been. */
function withType(schema: JsonSchema, type: string | undefined): JsonSchema {
  if (schema.type === type) return schema
  const known = narrowed.get(schema) ?? new Map<string | undefined, JsonSchema>()
  narrowed.set(schema, known)
  const found = known.get(type) ?? ({ ...schema, type } as JsonSchema)
  known.set(type, found)
  return found
}

function unionParts(side: Side, anyOf: readonly JsonSchema[]): Parts {
  const isFilled = tagOf(anyOf) !== undefined || anyOf.length === 1
  const sides = anyOf.map((one) => ({ ...inside(side, one), isRaw: side.isRaw || !isFilled }))
  const tag = tagOf(sides.map((one) => resolved(one).schema))
  return joined(
    sides.map((one, i): Parts => {
      const parts = partsOf(one)
      if (!tag) return parts
      return {
        ...parts,
        branches: parts.branches.map((branch) => ({
          ...branch,
          tag: `${tag.key}: ${JSON.stringify(tag.values[i])}`,
        })),
      }
    }),
  )
}

function joined(all: readonly Parts[]): Parts {
  return {
    hasNull: all.some(({ hasNull }) => hasNull),
    values: [...new Set(all.flatMap(({ values }) => values))],
    branches: all.flatMap(({ branches }) => branches),
  }
}

function typeTest({ type }: JsonSchema): (value: unknown) => boolean {
  if (type === undefined) return () => true
  const types = [type].flat()
  return (value) => types.includes(jsonType(value)) || (Number.isInteger(value) && types.includes('integer'))
}

/** The type that JSON has for a value. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
