import { isBytes, type JsonSchema } from '../../core/schema/json-schema.ts'
import { googleFileOf } from './google-files.ts'
import { isWrapper, wrappers } from './known-messages.ts'
import type { KnownMessage, KnownType, Scalar } from './model.ts'
import type { References } from './references.ts'
import { scalarOf } from './scalar-of.ts'

/** Which of Google's messages `proto` says that a schema is. Throws for those that have no schema here. */
export function knownNameOf(schema: JsonSchema, path: string): KnownMessage | undefined {
  const { proto } = schema as { proto?: unknown }
  if (typeof proto !== 'string' || !proto.startsWith('google.protobuf.')) return undefined
  const name = proto.slice('google.protobuf.'.length)
  if (Object.hasOwn(googleFileOf, name)) return name as KnownMessage
  throw new TypeError(
    `${path}: proto: "${proto}" is not known here; of google.protobuf there are ${Object.keys(googleFileOf).join(', ')}`,
  )
}

const wanted: Readonly<Record<Exclude<KnownMessage, keyof typeof wrappers>, string>> = {
  Timestamp: 't.DateTime()',
  Duration: 'Type.String()',
  Value: 'any schema that is no message of its own',
  Struct: 'Type.Record(Type.String(), Type.Unknown())',
  ListValue: 'Type.Array(Type.Unknown())',
  Any: "Type.Object({ '@type': Type.String(), value: t.Bytes() })",
  Empty: 'Type.Object({})',
  FieldMask: 'Type.Array(Type.String())',
}

/** The message of Google's that a schema is annotated with. Throws where the schema's values are none of it. */
export function knownShape(
  name: KnownMessage,
  schema: JsonSchema,
  { references, path }: { readonly references: References; readonly path: string },
): KnownType {
  const fails = (text: string): never => {
    throw new TypeError(`${path}: proto: "google.protobuf.${name}" does not go with it; it goes with ${text}`)
  }
  const { proto: _, ...rest } = schema as JsonSchema & { proto?: unknown }
  if (isWrapper(name)) {
    const value = propertiesOf(rest)?.['value']
    const whole = value !== undefined
    const inner = whole ? references.resolve(value, path) : rest
    const text = fits(inner, wrappers[name], path)
    if (text === undefined || (whole && keysOf(rest) !== 'value'))
      return fails(`${wantedBy[wrappers[name]]!}, or with an object that has it as its "value"`)
    return { kind: 'known', name, ...(text && { text }), ...(whole && { whole }) }
  }
  const isFit = ((): boolean => {
    switch (name) {
      case 'Timestamp':
      case 'Duration':
        return rest.type === 'string' && !isBytes(rest)
      case 'Struct':
        return rest.type === 'object'
      case 'ListValue':
        return rest.type === 'array'
      case 'Empty':
        return keysOf(rest) === ''
      case 'FieldMask':
        return rest.type === 'array' && (rest.items as JsonSchema | undefined)?.type === 'string'
      case 'Any': {
        const { '@type': type, value } = propertiesOf(rest) ?? {}
        return keysOf(rest) === '@type,value' && type!.type === 'string' && isBytes(value!)
      }
      case 'Value':
        return true
    }
  })()
  return isFit ? { kind: 'known', name } : fails(wanted[name])
}

const wantedBy: Partial<Readonly<Record<Scalar, string>>> = {
  string: 'Type.String()',
  bytes: 't.Bytes()',
  bool: 'Type.Boolean()',
  double: 'Type.Number()',
  float: 'Type.Number()',
  int32: 'Type.Integer()',
  uint32: 'Type.Integer()',
  int64: 'Type.Integer() and t.BigInt()',
  uint64: 'Type.Integer() and t.BigInt()',
}

/** Whether a schema's values are those of a wrapper, and then whether they are text in place of numbers. */
function fits(schema: JsonSchema, scalar: Scalar, path: string): boolean | undefined {
  if (isBytes(schema)) return scalar === 'bytes' ? false : undefined
  const { type } = schema
  if (typeof type !== 'string' || !['string', 'integer', 'number', 'boolean'].includes(type)) return undefined
  const own = scalarOf(schema, path)
  if (own.kind !== 'scalar') return undefined
  if (own.text === true) return scalar === 'int64' || scalar === 'uint64' ? true : undefined
  const natural = { float: 'double', int32: 'int64', uint32: 'int64', uint64: 'int64' } as Partial<
    Record<Scalar, Scalar>
  >
  return own.scalar === (natural[scalar] ?? scalar) ? false : undefined
}

function propertiesOf({ type, properties }: JsonSchema): Readonly<Record<string, JsonSchema>> | undefined {
  return type === 'object' ? properties : undefined
}

function keysOf(schema: JsonSchema): string | undefined {
  const properties = propertiesOf(schema)
  return properties && Object.keys(properties).toSorted().join(',')
}
