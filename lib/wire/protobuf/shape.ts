import { isBytes, type JsonSchema } from '../../core/schema/json-schema.ts'
import { tagOf } from '../../core/schema/tagged.ts'
import { knownNameOf, knownShape } from './known-shape.ts'
import type { KnownType, Remarks, Scalar } from './model.ts'
import { objectOf, type ObjectParts } from './object-parts.ts'
import type { References } from './references.ts'
import { remarksOf } from './remarks.ts'
import { scalarOf } from './scalar-of.ts'

/** What a schema is to protobuf, one level deep. */
export type Shape =
  | { readonly kind: 'scalar'; readonly scalar: Scalar; readonly text?: boolean }
  | KnownType
  | {
      readonly kind: 'enum'
      readonly values: readonly string[]
      /** What is said of single values, by their strings. */
      readonly told: ReadonlyMap<string, Remarks>
    }
  | { readonly kind: 'list'; readonly item: JsonSchema }
  | { readonly kind: 'map'; readonly value: JsonSchema }
  | ({ readonly kind: 'object' } & ObjectParts)
  | {
      readonly kind: 'union'
      readonly key: string
      readonly branches: readonly { readonly value: unknown; readonly schema: JsonSchema }[]
    }
  | { readonly kind: 'nullable'; readonly inner: JsonSchema }

const anything: Shape = { kind: 'known', name: 'Value' }
const struct: Shape = { kind: 'known', name: 'Struct' }

/** Says what a schema is. What has no shape of its own in protobuf is one of Google's JSON messages. Throws for what cannot travel. */
export function shapeOf(given: JsonSchema, references: References, path: string): Shape {
  const schema = references.resolve(given, path) as JsonSchema & { readonly enum?: readonly unknown[] }
  const known = canBeNull(schema) ? undefined : knownNameOf(schema, path)
  if (known) return knownShape(known, schema, { references, path })
  if (schema.anyOf) return unionShape(schema, schema.anyOf, { references, path })
  if (schema.allOf) return intersectionShape(schema, references, path)
  if (schema.const !== undefined) return constantsShape([schema.const], schema, path)
  if (schema.enum) return constantsShape(schema.enum, schema, path)
  if (Array.isArray(schema.type)) {
    const { type, ...rest } = schema
    const anyOf = (type as readonly string[]).map((one) => ({ ...rest, type: one }))
    return unionShape(schema, anyOf, { references, path })
  }
  if (isBytes(schema)) return { kind: 'scalar', scalar: 'bytes' }
  switch (schema.type) {
    case 'array':
      if (Array.isArray(schema.items) || !schema.items) return { kind: 'known', name: 'ListValue' }
      return { kind: 'list', item: schema.items as JsonSchema }
    case 'object':
      return objectShape(schema, references, path)
    case undefined:
    case 'null':
      return anything
    default:
      return scalarOf(schema, path)
  }
}

function objectShape(schema: JsonSchema, references: References, path: string): Shape {
  const { properties, patternProperties, additionalProperties } = schema
  const isOpen = additionalProperties !== undefined && additionalProperties !== false
  const hasProperties = properties !== undefined && Object.keys(properties).length > 0
  const patterns = Object.values(patternProperties ?? {})
  if (patterns.length === 1 && !hasProperties) return { kind: 'map', value: patterns[0]! }
  if (isOpen && !hasProperties && patterns.length === 0 && typeof additionalProperties === 'object')
    return { kind: 'map', value: additionalProperties }
  // Keys that nobody knows beforehand have no field: the whole is JSON.
  if (isOpen || patterns.length > 0 || properties === undefined) return struct
  return { kind: 'object', ...objectOf(schema, references, path)! }
}

function intersectionShape(schema: JsonSchema, references: References, path: string): Shape {
  const parts = objectOf(schema, references, path)
  if (parts) return { kind: 'object', ...parts }
  return (schema.allOf ?? []).every((part) => isObject(shapeOf(part, references, path))) ? struct : anything
}

interface At {
  readonly references: References
  readonly path: string
}

function unionShape(schema: JsonSchema, anyOf: readonly JsonSchema[], { references, path }: At): Shape {
  const branches = anyOf.flatMap((branch) => flatten(branch, references))
  const others = branches.filter((branch) => branch.type !== 'null')
  if (others.length < branches.length) {
    if (others.length === 0) return anything
    const { $id: _, default: _default, ...rest } = schema
    const inner =
      others.length === 1
        ? annotatedAs(schema, others[0]!, { references, path })
        : { ...rest, type: undefined, anyOf: others }
    const shape = shapeOf(inner as JsonSchema, references, path)
    return shape.kind === 'known' && shape.name === 'Value'
      ? anything
      : { kind: 'nullable', inner: inner as JsonSchema }
  }
  const resolved = branches.map((branch) => references.resolve(branch, path))
  if (resolved.every((branch) => branch.const !== undefined))
    return constantsShape(
      resolved.map((branch) => branch.const),
      schema,
      path,
      resolved,
    )
  const objects = resolved.map((branch) => objectOf(branch, references, path))
  if (!objects.includes(undefined)) {
    const tag = tagOf(objects.map((parts) => parts!.plain))
    if (!tag) return struct
    const { key, values } = tag
    return { kind: 'union', key, branches: branches.map((one, i) => ({ value: values[i], schema: one })) }
  }
  return commonShape(resolved.map((branch) => shapeOf(branch, references, path)))
}

function canBeNull({ anyOf, type }: JsonSchema): boolean {
  return (
    anyOf?.some((branch) => branch.type === 'null') === true || (Array.isArray(type) && type.includes('null'))
  )
}

/** What `proto` says of a value that may be null goes for the value. */
function annotatedAs(schema: JsonSchema, inner: JsonSchema, { references, path }: At): JsonSchema {
  const { proto } = schema as { proto?: unknown }
  return proto === undefined ? inner : ({ ...references.resolve(inner, path), proto } as JsonSchema)
}

/** Unions inside of unions are one, unless they are shared under a name. */
function flatten(schema: JsonSchema, references: References): readonly JsonSchema[] {
  if (!schema.anyOf || references.nameOf(schema) !== undefined) return [schema]
  return schema.anyOf.flatMap((branch) => flatten(branch, references))
}

function constantsShape(
  values: readonly unknown[],
  schema: JsonSchema,
  path: string,
  branches: readonly JsonSchema[] = [],
): Shape {
  if (values.every((value) => typeof value === 'string')) {
    const { proto } = schema as { proto?: unknown }
    // One literal is text, unless it is said what it is as an enum.
    if (schema.const !== undefined && typeof proto !== 'object') return { kind: 'scalar', scalar: 'string' }
    const told = new Map(branches.map((branch) => [branch.const as string, remarksOf(branch)]))
    return { kind: 'enum', values: [...new Set(values)], told }
  }
  if (values.every((value) => typeof value === 'boolean')) return { kind: 'scalar', scalar: 'bool' }
  if (!values.every((value) => typeof value === 'number')) return anything
  const { proto } = schema as { proto?: string }
  const type = values.every((value) => Number.isInteger(value)) ? 'integer' : 'number'
  return scalarOf({ type, ...(proto !== undefined && { proto }) }, path)
}

function commonShape(shapes: readonly Shape[]): Shape {
  const [first] = shapes
  if (first?.kind === 'scalar') {
    if (
      shapes.every((one) => one.kind === 'scalar' && one.scalar === first.scalar && one.text === first.text)
    )
      return first
    if (
      shapes.every(
        (one) => one.kind === 'scalar' && (one.scalar === 'double' || one.scalar === 'int64') && !one.text,
      )
    )
      return { kind: 'scalar', scalar: 'double' }
  }
  return shapes.every(isObject) ? struct : anything
}

function isObject(shape: Shape): boolean {
  const { kind } = shape
  return (
    kind === 'object' || kind === 'union' || kind === 'map' || (kind === 'known' && shape.name === 'Struct')
  )
}
