/** Schemas with sensitive fields, and values that may or may not fit. */
import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { t } from 'microapi-ts'

/** Stands in every sensitive value, and nowhere else. */
export const secret = 'SECRET-7fb3'

/** A schema, and a value of which it marks every part that holds {@link secret}. */
export interface SecretSample {
  readonly schema: TSchema
  readonly value: unknown
}

type Samples = fc.Arbitrary<SecretSample>

const hidden = { sensitive: true } as const
const fails = (value: unknown): never => {
  throw new Error(`cannot read ${JSON.stringify(value)}`)
}

const secretText = fc.constantFrom(secret, `${secret}!`, `\u001b[31m${secret}\r\n`)
const marked: Samples = fc
  .tuple(
    fc.constantFrom<TSchema>(
      Type.String(hidden),
      Type.String({ ...hidden, maxLength: 3 }),
      Type.String({ ...hidden, pattern: '^x$' }),
      Type.String({ ...hidden, format: 'email' }),
      Type.Integer(hidden),
      Type.Literal(`${secret} is it`, hidden),
      Type.Union([Type.Literal(`${secret} 1`), Type.Literal(`${secret} 2`)], hidden),
      Type.Unsafe({ enum: [`${secret} 1`], ...hidden }),
      Type.Object({ a: Type.Integer() }, hidden),
      Type.Array(Type.Integer(), hidden),
      Type.Record(Type.String(), Type.Integer(), hidden),
      t.DateTime(hidden),
      t.Bytes(hidden),
      t.BigInt(hidden),
      Type.Transform(Type.String(hidden)).Decode(fails).Encode(fails),
    ),
    fc.oneof(
      secretText,
      secretText.map((text) => [text]),
      secretText.map((text) => ({ [text]: text })),
      secretText.map((text) => ({ a: { b: text } })),
    ),
  )
  .map(([schema, value]) => ({ schema, value }))

const open: Samples = fc
  .tuple(
    fc.constantFrom<TSchema>(
      Type.String(),
      Type.Integer(),
      Type.Literal('a'),
      t.DateTime(),
      Type.Transform(Type.String()).Decode(fails).Encode(fails),
      Type.Union([Type.String(), Type.Integer()]),
    ),
    fc.constantFrom<unknown>('a', 1, 'abc', null, undefined, { a: 1 }),
  )
  .map(([schema, value]) => ({ schema, value }))

const names = ['a', 'b', 'c/~', 'd'] as const

function objectOf(inner: Samples): Samples {
  return fc
    .tuple(fc.dictionary(fc.constantFrom(...names), inner), fc.boolean(), fc.boolean())
    .map(([parts, isOptional, isClosed]) => {
      const entries = Object.entries(parts)
      const schemas = entries.map(
        ([key, { schema }]) => [key, isOptional ? Type.Optional(schema) : schema] as const,
      )
      return {
        schema: Type.Object(Object.fromEntries(schemas), isClosed ? { additionalProperties: false } : {}),
        value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
      }
    })
}

function within(inner: Samples): Samples {
  return fc.oneof(
    objectOf(inner),
    inner.map(({ schema, value }) => ({ schema: Type.Array(schema), value: [value, value] })),
    inner.map(({ schema, value }) => ({ schema: Type.Tuple([Type.String(), schema]), value: ['a', value] })),
    inner.map(({ schema, value }) => ({ schema: Type.Record(Type.String(), schema), value: { k: value } })),
    fc
      .tuple(inner, inner)
      .map(([one, other]) => ({ schema: Type.Union([other.schema, one.schema]), value: one.value })),
    fc.tuple(objectOf(inner), objectOf(inner)).map(([one, other]) => ({
      schema: Type.Intersect([one.schema, other.schema]),
      // Keys of both belong to both.
      value: { ...(one.value as object) },
    })),
    inner.map(({ schema, value }) => ({
      schema: Type.Recursive((This) => Type.Object({ it: schema, next: Type.Optional(This) })),
      value: { it: value, next: { it: value } },
    })),
    inner.map(({ schema, value }) => ({
      schema: Type.Transform(Type.Object({ it: schema }))
        .Decode(fails)
        .Encode(fails),
      value: { it: value },
    })),
  )
}

/** Something that was written in a wrong form: as text, in a list, under a key that nobody knows. */
function misplaced({ schema, value }: SecretSample): Samples {
  return fc.constantFrom(
    { schema, value },
    { schema, value: [value] },
    { schema: Type.Object({ it: schema }), value: { it: value, other: { value } } },
    ...(JSON.stringify(value)?.includes(secret) ? [{ schema, value: JSON.stringify(value) }] : []),
  )
}

/** Samples, each with something sensitive in its schema. */
export function secretSample(): Samples {
  const { tree } = fc.letrec<{ tree: SecretSample }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3, depthSize: 'medium' }, marked, open, within(tie('tree'))),
  }))
  return fc
    .tuple(marked, tree)
    .map(([one, other]) => ({
      schema: Type.Object({ one: one.schema, other: other.schema }),
      value: { one: one.value, other: other.value },
    }))
    .chain(misplaced)
}
