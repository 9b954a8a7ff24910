import fc from 'fast-check'
import pb from 'protobufjs'

/** Google's files that protobufjs does not bring. */
const more = {
  'google/protobuf/field_mask.proto':
    'syntax = "proto3"; package google.protobuf; message FieldMask { repeated string paths = 1; }',
} as const

/** The messages of .proto files, as protobufjs reads them. */
export function rootOf(files: Readonly<Record<string, string>>): pb.Root {
  const root = new pb.Root()
  const options = { keepCase: true }
  for (const name of ['any', 'duration', 'empty', 'struct', 'timestamp', 'wrappers'])
    root.addJSON(pb.common.get(`google/protobuf/${name}.proto`)!.nested!)
  if (!root.lookup('google.protobuf.FieldMask'))
    pb.parse(more['google/protobuf/field_mask.proto'], root, options)
  for (const text of Object.values(files)) pb.parse(text, root, options)
  root.resolveAll()
  return root
}

const integer = (min: bigint, max: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.bigInt(min, max), fc.constantFrom(min, max, 0n, 1n)).map(String)
const signed32 = fc.oneof(fc.integer(), fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1))
const unsigned32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1))
const signed64 = integer(-(2n ** 63n), 2n ** 63n - 1n)
const unsigned64 = integer(0n, 2n ** 64n - 1n)
// -0 is 0 in JSON.
const positive = (value: number): number => (Object.is(value, -0) ? 0 : value)
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(positive)
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map(positive)

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  double,
  float,
  int32: signed32,
  sint32: signed32,
  sfixed32: signed32,
  uint32: unsigned32,
  fixed32: unsigned32,
  int64: signed64,
  sint64: signed64,
  sfixed64: signed64,
  uint64: unsigned64,
  fixed64: unsigned64,
  bool: fc.boolean(),
  string: fc.string({ unit: 'binary', maxLength: 20 }),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
}

// What the contract's form of them has no room for is left out: less than a millisecond, keys that are refused.
const key = fc
  .string({ unit: 'grapheme-ascii', maxLength: 6 })
  .filter((one) => !['__proto__', 'constructor'].includes(one))
const json = fc.letrec<{ value: unknown; struct: unknown; list: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.constant({ nullValue: 'NULL_VALUE' }),
    double.map((numberValue) => ({ numberValue })),
    scalars['string']!.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    tie('struct').map((structValue) => ({ structValue })),
    tie('list').map((listValue) => ({ listValue })),
  ),
  struct: fc
    .dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true })
    .map((fields) => ({ fields })),
  list: fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ values })),
}))
const known: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Timestamp: fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    .map((date) => {
      const seconds = Math.floor(date.getTime() / 1_000)
      return { seconds: String(seconds), nanos: (date.getTime() - seconds * 1_000) * 1e6 }
    }),
  Duration: fc
    .tuple(
      fc.integer({ min: 0, max: 315_576_000_000 - 1 }),
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.boolean(),
    )
    .map(([seconds, nanos, isNegative]) =>
      isNegative
        ? { seconds: String(-seconds), nanos: positive(-nanos) }
        : { seconds: String(seconds), nanos },
    ),
  Value: json.value,
  Struct: json.struct,
  ListValue: json.list,
}

/** Values of a message, as protobufjs takes them; at most so deep. */
export function valuesOf(type: pb.Type, depth = 3): fc.Arbitrary<Record<string, unknown>> {
  const own = type.fullName.startsWith('.google.protobuf.') ? known[type.name] : undefined
  if (own) return own as fc.Arbitrary<Record<string, unknown>>
  const alone = type.fieldsArray.filter((field) => !isInOneof(field))
  const fields = Object.fromEntries(
    alone.flatMap((field) => {
      const value = fieldValues(field, depth)
      return value ? [[field.name, value]] : []
    }),
  )
  const chosen = type.oneofsArray
    .filter((oneof) => oneof.fieldsArray.some(isInOneof))
    .map((oneof) => {
      const choices = oneof.fieldsArray.flatMap((field) => {
        const value = fieldValues(field, depth)
        return value ? [value.map((one) => ({ [field.name]: one }))] : []
      })
      return fc.oneof(fc.constant({}), ...choices)
    })
  return fc
    .tuple(fc.record(fields, { requiredKeys: [], noNullPrototype: true }), ...chosen)
    .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>)
}

/** Whether a field stands in a oneof that somebody wrote: `optional` makes one too. */
function isInOneof({ partOf, options }: pb.Field): boolean {
  return partOf !== null && options?.['proto3_optional'] !== true
}

function fieldValues(field: pb.Field, depth: number): fc.Arbitrary<unknown> | undefined {
  const { resolvedType } = field.resolve()
  if (resolvedType instanceof pb.Type && depth === 0) return undefined
  const one =
    resolvedType instanceof pb.Type
      ? fc.nat().chain(() => valuesOf(resolvedType, depth - 1))
      : resolvedType
        ? fc.constantFrom(...Object.values(resolvedType.values))
        : scalars[field.type]!
  if (field instanceof pb.MapField) {
    const keys = field.keyType === 'string' ? key : scalars[field.keyType]!.map(String)
    return fc.dictionary(keys, one, { maxKeys: 3, noNullPrototype: true })
  }
  return field.repeated ? fc.array(one, { maxLength: 3 }) : one
}
