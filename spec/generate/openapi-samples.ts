/** Schemas of all that JSON has, and values that fit them or nearly do. */
import { OptionalKind, Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { t } from 'microapi-ts'

/** A schema, values that fit it, and values that may not. */
export interface Sample {
  readonly schema: TSchema
  readonly valid: fc.Arbitrary<unknown>
  readonly any: fc.Arbitrary<unknown>
}

const junk = fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 7, '', 'a', 'AAA=', '12', [], [1], {}, { a: 1 })

function sample(schema: TSchema, valid: fc.Arbitrary<unknown>, any = valid): Sample {
  return { schema, valid, any: fc.oneof({ arbitrary: any, weight: 12 }, { arbitrary: junk, weight: 1 }) }
}

const text = fc.string({ maxLength: 4 })
const small = fc.integer({ min: -5, max: 12 })
const plain = fc.constantFrom<Sample>(
  sample(Type.String(), text),
  sample(Type.String({ minLength: 1, maxLength: 3 }), fc.string({ minLength: 1, maxLength: 3 }), text),
  sample(Type.String({ pattern: '^[a-c]+$' }), fc.constantFrom('a', 'abc'), fc.constantFrom('a', 'd', '')),
  sample(Type.String({ format: 'uuid' }), fc.uuid()),
  sample(Type.Integer({ minimum: 0, exclusiveMaximum: 10 }), fc.integer({ min: 0, max: 9 }), small),
  sample(
    Type.Number({ multipleOf: 2 }),
    small.map((n) => n * 2),
    small,
  ),
  sample(Type.Boolean(), fc.boolean()),
  sample(Type.Null(), fc.constant(null)),
  sample(Type.Unknown(), junk),
  sample(Type.Literal('a'), fc.constant('a'), fc.constantFrom('a', 'b')),
  sample(Type.Union([Type.Literal('a'), Type.Literal(7), Type.Literal(true)]), fc.constantFrom('a', 7, true)),
  sample(Type.Unsafe({ type: 'string', nullable: true }), fc.option(text)),
  sample(Type.Unsafe({ type: ['string', 'integer'], enum: ['a', 7] }), fc.constantFrom('a', 7)),
  sample(
    t.DateTime(),
    fc.constant('2026-01-02T03:04:05Z'),
    fc.constantFrom('2026-01-02', '2026-01-02T03:04:05Z'),
  ),
  sample(
    t.BigInt(),
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }).map(String),
    fc.constantFrom('1', '-7', '01', '1.5'),
  ),
  sample(
    t.Bytes(),
    fc.base64String({ maxLength: 8 }),
    fc.constantFrom('AAA=', 'AAA', 'A', 'A===', '-_', '='),
  ),
  sample(Type.Not(Type.String()), small, text),
  sample(Type.TemplateLiteral('a-${1|2}'), fc.constantFrom('a-1', 'a-2'), fc.constantFrom('a-1', 'a-3')),
)

/** How a property may be there: required or not, and either way with a value for who leaves it out. */
type Presence = 'required' | 'optional' | 'defaulted' | 'required with a default'
const presences = fc.constantFrom<Presence>(
  'required',
  'required',
  'optional',
  'defaulted',
  'required with a default',
)
const namesOf = (all: readonly string[]) => fc.uniqueArray(fc.constantFrom(...all), { maxLength: 3 })
const anyNames = ['a', 'b', 'c', 'user_id', 'x/y~"']
const anyOthers = [undefined, true, false, Type.Integer()] as const

function objects(
  inner: fc.Arbitrary<Sample>,
  names: readonly string[] = anyNames,
  others: readonly (typeof anyOthers)[number][] = anyOthers,
): fc.Arbitrary<Sample> {
  const property = fc
    .tuple(inner, presences)
    .chain(([one, presence]) => fc.tuple(fc.constant(one), fc.constant(presence), one.valid))
  return namesOf(names)
    .chain((keys) =>
      fc.tuple(
        fc.tuple(...keys.map((key) => property.map((one) => [key, one] as const))),
        fc.constantFrom(...others),
      ),
    )
    .map(([properties, additionalProperties]) => {
      const withPresence = ([key, [{ schema }, presence, value]]: (typeof properties)[number]) => {
        const more = presence.includes('default') && value !== undefined ? { default: value } : {}
        const isOptional = presence === 'optional' || presence === 'defaulted'
        return [
          key,
          { ...schema, ...more, ...(isOptional && { [OptionalKind]: 'Optional' }) } as TSchema,
        ] as const
      }
      const record = (part: 'valid' | 'any') =>
        fc.record(Object.fromEntries(properties.map(([key, [one]]) => [key, one[part]])), {
          noNullPrototype: true,
          // A default is whole: in itself nothing is filled.
          requiredKeys:
            part === 'any'
              ? []
              : properties.filter(([, [, how]]) => how.startsWith('required')).map(([key]) => key),
        })
      const extra = fc.constantFrom({}, {}, { more: 1 }, { more: 'x' })
      return sample(
        Type.Object(Object.fromEntries(properties.map(withPresence)), {
          ...(additionalProperties !== undefined && { additionalProperties }),
        }),
        record('valid'),
        fc.tuple(record('any'), extra).map(([one, two]) => ({ ...one, ...two })),
      )
    })
}

/** Branches that a tag tells apart. */
function tagged(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc.tuple(objects(inner), objects(inner), fc.boolean()).map(([one, two, isNamed]) => {
    const branch = ({ schema }: Sample, kind: string): TSchema => {
      const {
        properties,
        required = [],
        ...rest
      } = schema as unknown as {
        properties: Record<string, TSchema>
        required?: string[]
      }
      return {
        ...rest,
        ...(isNamed && { $id: `Of_${kind}` }),
        properties: { ...properties, kind: Type.Literal(kind) },
        required: [...required, 'kind'],
      } as unknown as TSchema
    }
    const values = (part: 'valid' | 'any') =>
      fc.oneof(
        ...[one, two].map((each, i) => each[part].map((value) => ({ ...Object(value), kind: 'ab'[i] }))),
      )
    return sample(Type.Union([branch(one, 'a'), branch(two, 'b')]), values('valid'), values('any'))
  })
}

/** A name that others have too. */
function named({ schema, ...rest }: Sample, id: string): Sample {
  return '$id' in schema || '$ref' in schema
    ? { schema, ...rest }
    : { schema: { ...schema, $id: id }, ...rest }
}

function recursive(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return inner.map(({ schema, valid, any }) => {
    const values = (part: fc.Arbitrary<unknown>, depth = 2): fc.Arbitrary<unknown> =>
      fc.record(
        {
          value: part,
          kids: depth === 0 ? fc.constant([]) : fc.array(values(part, depth - 1), { maxLength: 2 }),
        },
        { noNullPrototype: true },
      )
    return sample(
      Type.Recursive((Self) => Type.Object({ value: schema, kids: Type.Array(Self) })),
      values(valid),
      values(any),
    )
  })
}

const samples = fc.letrec<{ any: Sample; object: Sample }>((tie) => {
  const any = tie('any')
  return {
    object: fc.oneof(
      { arbitrary: objects(any), weight: 4 },
      { arbitrary: tagged(any), weight: 1 },
      { arbitrary: recursive(any), weight: 1 },
      {
        // What one part fills in, another had better not refuse.
        arbitrary: fc
          .tuple(objects(any, ['a', 'b'], [undefined]), objects(any, ['c', 'd'], [undefined]))
          .map(([a, b]) =>
            sample(
              Type.Intersect([a.schema, b.schema]),
              fc.tuple(a.valid, b.valid).map(([one, two]) => ({ ...Object(one), ...Object(two) })),
              fc.tuple(a.any, b.any).map(([one, two]) => ({ ...Object(one), ...Object(two) })),
            ),
          ),
        weight: 1,
      },
    ),
    any: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      { arbitrary: plain, weight: 5 },
      { arbitrary: tie('object'), weight: 2 },
      {
        arbitrary: fc.tuple(tie('object'), fc.constantFrom('A', 'B')).map(([one, id]) => named(one, id)),
        weight: 2,
      },
      {
        arbitrary: any.map((one) =>
          sample(
            Type.Array(one.schema, { maxItems: 2 }),
            fc.array(one.valid, { maxLength: 2 }),
            fc.array(one.any, { maxLength: 3 }),
          ),
        ),
        weight: 1,
      },
      {
        arbitrary: fc
          .tuple(any, any)
          .map(([a, b]) =>
            sample(Type.Tuple([a.schema, b.schema]), fc.tuple(a.valid, b.valid), fc.tuple(a.any, b.any)),
          ),
        weight: 1,
      },
      {
        arbitrary: fc.tuple(any, fc.constantFrom(Type.String(), Type.Integer())).map(([one, key]) => {
          const keys = key.type === 'integer' ? fc.constantFrom('1', '22') : fc.constantFrom('a', '1', 'x y')
          return sample(
            Type.Record(key, one.schema),
            fc.dictionary(keys, one.valid, { maxKeys: 2, noNullPrototype: true }),
            fc.dictionary(keys, one.any, { maxKeys: 2, noNullPrototype: true }),
          )
        }),
        weight: 1,
      },
      {
        arbitrary: fc
          .tuple(any, any)
          .map(([a, b]) =>
            sample(Type.Union([a.schema, b.schema]), fc.oneof(a.valid, b.valid), fc.oneof(a.any, b.any)),
          ),
        weight: 1,
      },
    ),
  }
})

/** Messages of all kinds. */
export const messages: fc.Arbitrary<Sample> = samples.object
