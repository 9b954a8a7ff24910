import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { annotationOf, fieldOptionsOf } from './annotation.ts'
import type { ProtoField, ProtoType, Scalar } from './model.ts'
import type { Shape } from './shape.ts'

type SingleShape = Exclude<Shape, { kind: 'list' | 'map' | 'nullable' }>

/** A property, and how its types are made. */
export interface FieldParts {
  readonly schema: JsonSchema
  /** What the schema refers to, or the schema itself. */
  readonly resolved: JsonSchema
  readonly shape: Shape
  readonly required: boolean
  readonly path: string
  /** The type of what stands in a list, a map or a box. */
  readonly element: (schema: JsonSchema, path: string) => ProtoType
  readonly single: (shape: SingleShape) => ProtoType
}

type Made = Pick<ProtoField, 'type' | 'label' | 'absent' | 'mapKey' | 'oneof'>

/** Decides what a property is as a field. Throws for what the field has no way to say. */
export function fieldTypeOf(parts: FieldParts): Made {
  const { schema, shape, required, path, element } = parts
  const { oneof } = fieldOptionsOf(schema)
  const isFilled = schema.default !== undefined
  if (oneof !== undefined && (required || isFilled || shape.kind === 'list' || shape.kind === 'map'))
    throw new TypeError(
      `${path}: stands in the oneof ${oneof}, where at most one is there: make it Type.Optional(…), with no default, and no list or record`,
    )
  if (shape.kind === 'list' || shape.kind === 'map') {
    const absent = required || isFilled ? 'empty' : 'nothing'
    if (shape.kind === 'list') return { type: element(shape.item, `${path}/*`), label: 'repeated', absent }
    const mapKey = mapKeyOf(parts)
    return { type: element(shape.value, `${path}/*`), label: 'map', absent, ...(mapKey && { mapKey }) }
  }
  if (shape.kind !== 'nullable') return singleField(parts, shape)
  // One sign for "not there" is enough where null is the only thing that it can mean.
  const isNull = isFilled ? schema.default === null : required
  const type = element(isNull ? shape.inner : schema, path)
  const label = labelOf(type, schema)
  return { type, label, absent: isNull ? 'null' : 'nothing', ...(oneof !== undefined && { oneof }) }
}

function singleField({ schema, resolved, required, path, single }: FieldParts, shape: SingleShape): Made {
  const type = single(shape)
  const { oneof, optional } = fieldOptionsOf(schema)
  if (oneof !== undefined) return { type, label: 'single', absent: 'nothing', oneof }
  const hasZero = type.kind === 'scalar' || (type.kind === 'enum' && namesZero(resolved, path))
  if (required && schema.default === undefined && optional !== true)
    return { type, label: 'single', absent: hasZero ? 'zero' : 'nothing' }
  if (optional !== false || type.kind === 'known' || type.kind === 'message')
    return { type, label: required ? 'optional' : labelOf(type, schema), absent: 'nothing' }
  if (!hasZero)
    throw new TypeError(
      `${path}: optional: false wants a string that is the enum's 0; say which with proto: { values }, or leave it out`,
    )
  return { type, label: 'single', absent: 'zero' }
}

/** Google's wrappers and their like are told from nothing without the word `optional`. */
function labelOf(type: ProtoType, schema: JsonSchema): 'single' | 'optional' {
  const { optional } = fieldOptionsOf(schema)
  const isPlain = type.kind === 'known' && !['Timestamp', 'Value', 'Struct', 'ListValue'].includes(type.name)
  return (optional ?? !isPlain) ? 'optional' : 'single'
}

function namesZero(schema: JsonSchema, path: string): boolean {
  const values = Object.values(annotationOf(schema, path).values ?? {})
  return values.some((value) => (typeof value === 'number' ? value : value.number) === 0)
}

const mapKeys: readonly Scalar[] = [
  ...(['string', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64'] as const),
  ...(['fixed32', 'fixed64', 'sfixed32', 'sfixed64'] as const),
]

function mapKeyOf({ resolved, path }: FieldParts): Scalar | undefined {
  const { key } = annotationOf(resolved, path)
  if (key === undefined || mapKeys.includes(key as Scalar)) return key as Scalar | undefined
  throw new TypeError(
    `${path}: proto: { key: ${JSON.stringify(key)} } is no map's key; use one of ${mapKeys.join(', ')}`,
  )
}
