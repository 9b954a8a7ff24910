import { isWrapper, wrappers } from '../../wire/protobuf/known-messages.ts'
import type { KnownMessage, KnownType, ProtoType, Scalar } from '../../wire/protobuf/model.ts'
import { call, object, options, quoted, type Code } from '../code-text.ts'

/** What 64-bit integers are in a contract. */
export type Int64 = 'bigint' | 'number'

/** Writes the schemas of types, and remembers which of Google's messages they need. */
export interface TypeWriter {
  /** The schema of a type; messages and enums are called as `nameOf` says. */
  schema(type: ProtoType, nameOf: (fullName: string) => string): Code
  /** The constants of Google's messages that were needed, in the order in which they were. */
  constants(): readonly (readonly [name: string, code: Code])[]
}

/** Begins with none of Google's. */
export function createTypeWriter(int64: Int64, taken: ReadonlySet<string>): TypeWriter {
  const constants = new Map<string, { readonly name: string; readonly code: Code }>()
  const constant = (own: string, code: Code): string => {
    const known = constants.get(own)
    if (known) return known.name
    let name = own
    while (taken.has(name)) name += '_'
    constants.set(own, { name, code })
    return name
  }
  const knownSchema = (type: KnownType): Code => {
    const { name, whole } = type
    const proto = quoted(`google.protobuf.${name}`)
    if (!isWrapper(name))
      return shared[name] ? constant(`Google${name}`, shared[name](options({ proto }))) : plain[name]!
    const scalar = wrappers[name]
    if (!whole) return scalarSchema(scalar, int64, proto)
    const value = scalarSchema(scalar, int64, isOwn(scalar) ? undefined : quoted(scalar))
    return constant(`Google${name}`, call('Type.Object', object({ value }), options({ proto })))
  }
  return {
    schema(type, nameOf) {
      if (type.kind === 'known') return knownSchema(type)
      if (type.kind !== 'scalar') return nameOf(type.name)
      const { scalar } = type
      return scalarSchema(scalar, int64, isOwn(scalar) ? undefined : quoted(scalar))
    },
    constants: () => [...constants.values()].map(({ name, code }) => [name, code] as const),
  }
}

const plain: Partial<Readonly<Record<KnownMessage, Code>>> = {
  Timestamp: 't.DateTime()',
  Value: 'Type.Unknown()',
}

const shared: Partial<Readonly<Record<KnownMessage, (annotation: Code | undefined) => Code>>> = {
  Any: (annotation) =>
    call('Type.Object', object({ '@type': 'Type.String()', value: 't.Bytes()' }), annotation),
  Duration: () =>
    call(
      'Type.String',
      object({ pattern: String.raw`'^-?\\d+(\\.\\d{1,9})?s$'`, proto: quoted('google.protobuf.Duration') }),
    ),
  Empty: (annotation) => call('Type.Object', '{}', annotation),
  FieldMask: (annotation) => call('Type.Array', 'Type.String()', annotation),
  ListValue: (annotation) => call('Type.Array', 'Type.Unknown()', annotation),
  Struct: (annotation) => call('Type.Record', 'Type.String()', 'Type.Unknown()', annotation),
}

/** Whether the schema of a scalar needs no word of its type. */
function isOwn(scalar: Scalar): boolean {
  return ['string', 'bytes', 'bool', 'double', 'int64'].includes(scalar)
}

function scalarSchema(scalar: Scalar, int64: Int64, proto: Code | undefined): Code {
  const annotation = options({ proto })
  switch (scalar) {
    case 'string':
      return call('Type.String', annotation)
    case 'bytes':
      return call('t.Bytes', annotation)
    case 'bool':
      return call('Type.Boolean', annotation)
    case 'double':
    case 'float':
      return call('Type.Number', annotation)
    default:
      return scalar.endsWith('64') && int64 === 'bigint'
        ? call('t.BigInt', annotation)
        : call('Type.Integer', annotation)
  }
}
