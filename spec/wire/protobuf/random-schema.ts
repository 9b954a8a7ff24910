import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { t } from '../../../lib/core/schema/t.ts'

/** A schema, and values of it in JSON form. */
export interface Sample {
  readonly schema: TSchema
  readonly value: fc.Arbitrary<unknown>
}

// -0 is 0 in JSON.
const positive = (value: number): number => (Object.is(value, -0) ? 0 : value)
const text = fc.string({ unit: 'binary', maxLength: 60 })
const key = fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).filter((one) => one !== '__proto__')
const when = fc
  .date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString())
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value, keepSafe)) as unknown)

function keepSafe(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([name]) => name !== '__proto__' && name !== 'constructor')
  return Object.fromEntries(entries)
}

const integers = (min: bigint, max: bigint): fc.Arbitrary<number> =>
  fc.oneof(fc.bigInt(min, max).map(Number), fc.constantFrom(min, max, 0n, 1n, 127n, 128n).map(Number))
const bigs = (min: bigint, max: bigint): fc.Arbitrary<string> => fc.bigInt(min, max).map(String)

const annotated = (
  [
    ['int32', -(2n ** 31n), 2n ** 31n - 1n],
    ['uint32', 0n, 2n ** 32n - 1n],
    ['sint32', -(2n ** 31n), 2n ** 31n - 1n],
    ['fixed32', 0n, 2n ** 32n - 1n],
    ['sfixed32', -(2n ** 31n), 2n ** 31n - 1n],
    ['int64', 1n - 2n ** 53n, 2n ** 53n - 1n],
    ['sint64', 1n - 2n ** 53n, 2n ** 53n - 1n],
    ['uint64', 0n, 2n ** 53n - 1n],
    ['fixed64', 0n, 2n ** 53n - 1n],
    ['sfixed64', 1n - 2n ** 53n, 2n ** 53n - 1n],
  ] as const
).map(([proto, min, max]): Sample => ({ schema: Type.Integer({ proto }), value: integers(min, max) }))

const google = (name: string) => ({ proto: `google.protobuf.${name}` })
const known: readonly Sample[] = [
  { schema: Type.String(google('StringValue')), value: text },
  { schema: Type.Boolean(google('BoolValue')), value: fc.boolean() },
  { schema: Type.Integer(google('Int32Value')), value: integers(-(2n ** 31n), 2n ** 31n - 1n) },
  { schema: Type.Integer(google('UInt64Value')), value: integers(0n, 2n ** 53n - 1n) },
  {
    schema: t.BigInt({ proto: 'google.protobuf.Int64Value' }),
    value: bigs(-(2n ** 63n), 2n ** 63n - 1n),
  },
  {
    schema: Type.Number(google('DoubleValue')),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map(positive),
  },
  { schema: t.Bytes({ proto: 'google.protobuf.BytesValue' }), value: fc.uint8Array({ maxLength: 200 }) },
  {
    schema: Type.Object({ '@type': Type.String(), value: t.Bytes() }, google('Any')),
    value: fc.record({ '@type': text, value: fc.uint8Array({ maxLength: 20 }) }, { noNullPrototype: true }),
  },
  {
    schema: Type.String(google('Duration')),
    value: fc
      .tuple(fc.integer({ min: 1, max: 315_576_000_000 - 1 }), fc.integer({ min: 0, max: 999 }), fc.boolean())
      .map(([seconds, ms, isNegative]) => {
        const fraction = ms === 0 ? '' : `.${String(ms).padStart(3, '0')}`
        return `${isNegative ? '-' : ''}${seconds}${fraction}s`
      }),
  },
  { schema: Type.Object({}, google('Empty')), value: fc.constant({}) },
  {
    schema: Type.Union([Type.Literal('NONE'), Type.Literal('LOW'), Type.Literal('high')], {
      $id: 'Level',
      proto: { values: { LOW: -1, NONE: 0 } },
    }),
    value: fc.constantFrom('NONE', 'LOW', 'high'),
  },
  {
    schema: Type.Record(Type.String(), Type.Boolean(), { proto: { key: 'sint64' } }),
    value: fc.dictionary(bigs(-(2n ** 63n), 2n ** 63n - 1n), fc.boolean(), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
]

const plain = fc.constantFrom<Sample>(
  { schema: Type.String(), value: text },
  { schema: Type.Integer(), value: fc.maxSafeInteger() },
  { schema: Type.Number(), value: fc.double({ noNaN: true, noDefaultInfinity: true }).map(positive) },
  {
    schema: Type.Number({ proto: 'float' }),
    value: fc.float({ noNaN: true, noDefaultInfinity: true }).map(positive),
  },
  { schema: Type.Boolean(), value: fc.boolean() },
  { schema: t.Bytes(), value: fc.uint8Array({ maxLength: 200 }) },
  { schema: t.DateTime(), value: when },
  { schema: t.BigInt(), value: bigs(-(2n ** 63n), 2n ** 63n - 1n) },
  { schema: t.BigInt({ proto: 'uint64' }), value: bigs(0n, 2n ** 64n - 1n) },
  { schema: t.BigInt({ proto: 'sint64' }), value: bigs(-(2n ** 63n), 2n ** 63n - 1n) },
  { schema: t.BigInt({ proto: 'sfixed64' }), value: bigs(-(2n ** 63n), 2n ** 63n - 1n) },
  { schema: t.BigInt({ proto: 'string' }), value: bigs(-(10n ** 38n), 10n ** 38n) },
  {
    schema: Type.Union([Type.Literal('a'), Type.Literal('bC'), Type.Literal('')]),
    value: fc.constantFrom('a', 'bC', ''),
  },
  { schema: Type.Union([Type.Literal(1), Type.Literal(-2.5)]), value: fc.constantFrom(1, -2.5) },
  { schema: Type.Literal('always'), value: fc.constant('always') },
  { schema: Type.Unknown(), value: json },
  { schema: Type.Tuple([Type.String(), Type.Integer()]), value: fc.tuple(text, fc.integer()) },
  ...annotated,
  ...known,
)

const keys = fc.uniqueArray(fc.constantFrom(...'abcdefgh'.split(''), 'user_id', 'Name'), { maxLength: 6 })

function objects(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const property = fc.tuple(inner, fc.boolean())
  return keys
    .chain((names) => fc.tuple(...names.map((name) => property.map((one) => [name, one] as const))))
    .map((properties): Sample => {
      const optional = new Set(properties.filter(([, [, isOptional]]) => isOptional).map(([name]) => name))
      const schemas = properties.map(
        ([name, [{ schema }]]) => [name, optional.has(name) ? Type.Optional(schema) : schema] as const,
      )
      const values = properties.map(
        ([name, [sample]]) => [name, optional.has(name) ? thatComesBack(sample) : sample.value] as const,
      )
      return {
        schema: Type.Object(Object.fromEntries(schemas)),
        value: fc.record(Object.fromEntries(values), {
          requiredKeys: properties.map(([name]) => name).filter((name) => !optional.has(name)),
          noNullPrototype: true,
        }),
      }
    })
}

/** An optional list that is empty cannot be told from one that is not there: it is no value that comes back. */
function thatComesBack({ schema, value }: Sample): fc.Arbitrary<unknown> {
  const isList = 'items' in schema && !Array.isArray(schema['items'])
  return isList || 'patternProperties' in schema
    ? value.filter((one) => Object.keys(one as object).length > 0)
    : value
}

function unions(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const named = objects(inner).filter(({ schema }) => !('Name' in (schema['properties'] as object)))
  return fc.tuple(named, named).map(([a, b]): Sample => {
    const branch = ({ schema }: Sample, tag: string): TSchema => {
      const { properties, required } = schema as unknown as {
        properties: Record<string, TSchema>
        required?: string[]
      }
      return Type.Unsafe({
        ...Type.Object({ ...properties, Name: Type.Literal(tag) }),
        required: [...(required ?? []), 'Name'],
      })
    }
    const value = ({ value: one }: Sample, Name: string): fc.Arbitrary<unknown> =>
      one.map((fields) => ({ ...(fields as object), Name }))
    return {
      schema: Type.Union([branch(a, 'first'), branch(b, 'second')]),
      value: fc.oneof(value(a, 'first'), value(b, 'second')),
    }
  })
}

const samples = fc.letrec<{ any: Sample; object: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { arbitrary: plain, weight: 6 },
    { arbitrary: tie('object'), weight: 2 },
    { arbitrary: fc.nat().chain(() => unions(tie('any'))), weight: 1 },
    {
      arbitrary: tie('any').map(({ schema, value }) => ({
        schema: Type.Array(schema),
        value: fc.array(value, { maxLength: 4 }),
      })),
      weight: 2,
    },
    {
      arbitrary: tie('any').map(({ schema, value }) => ({
        schema: Type.Record(Type.String(), schema),
        value: fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }),
      })),
      weight: 1,
    },
    {
      arbitrary: tie('any').map(({ schema, value }) => ({
        schema: Type.Union([schema, Type.Null()]),
        value: fc.option(value, { nil: null }),
      })),
      weight: 1,
    },
  ),
  object: fc.nat().chain(() => objects(tie('any'))),
}))

/** Messages of every kind that protobuf has a shape for, and values of them. */
export const messages: fc.Arbitrary<Sample> = fc.oneof(
  { arbitrary: samples.object, weight: 4 },
  { arbitrary: unions(samples.any), weight: 1 },
)
