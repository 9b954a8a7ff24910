import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { KnownType, Scalar } from './model.ts'

type ScalarShape = { readonly kind: 'scalar'; readonly scalar: Scalar; readonly text?: boolean } | KnownType

/** The parts of a schema that are ours. */
interface Annotated extends JsonSchema {
  readonly proto?: unknown
  readonly 'x-microapi'?: string
}

const integers: readonly Scalar[] = [
  ...(['int64', 'int32', 'uint32', 'sint32', 'sint64', 'uint64'] as const),
  ...(['fixed32', 'fixed64', 'sfixed32', 'sfixed64'] as const),
]
const bigIntegers: readonly Scalar[] = ['int64', 'sint64', 'uint64', 'fixed64', 'sfixed64', 'string']

/** The type of a schema that is one plain value. Throws for types that JSON lacks and annotations that do not fit. */
export function scalarOf(schema: Annotated, path: string): ScalarShape {
  const pick = (allowed: readonly Scalar[]): Scalar => {
    const { proto = allowed[0]! } = schema
    if (allowed.includes(proto as Scalar)) return proto as Scalar
    throw new TypeError(
      `${path}: proto: ${JSON.stringify(proto)} does not go with it; use one of ${allowed.join(', ')}`,
    )
  }
  const mark = schema['x-microapi']
  if (mark === 'bigint') {
    const scalar = pick(bigIntegers)
    return scalar === 'string' ? { kind: 'scalar', scalar } : { kind: 'scalar', scalar, text: true }
  }
  if (mark === 'date-time') {
    return schema.proto === undefined
      ? { kind: 'known', name: 'Timestamp' }
      : { kind: 'scalar', scalar: pick(['string']) }
  }
  switch (schema.type) {
    case 'string':
      return { kind: 'scalar', scalar: pick(['string']) }
    case 'integer':
      return { kind: 'scalar', scalar: pick(integers) }
    case 'number':
      return { kind: 'scalar', scalar: pick(['double', 'float']) }
    case 'boolean':
      return { kind: 'scalar', scalar: pick(['bool']) }
    default:
      throw new TypeError(
        `${path}: type ${JSON.stringify(schema.type)} cannot travel; use t.DateTime(), t.BigInt(), t.Bytes() or a type that JSON has`,
      )
  }
}
