import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { field, t } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import type { CheckFailure } from '../../lib/core/schema/check.ts'
import { compileSchema } from '../../lib/core/schema/compile.ts'
import { secret, secretSample } from './secret-sample.ts'

const hidden = { sensitive: true } as const
const Password = Type.String({ ...hidden, minLength: 8 })

const redact = (schema: TSchema, value: unknown): unknown => compileSchema(schema).redact!(value)

function refusal(schema: TSchema, value: unknown, way: 'take' | 'give' = 'take'): CheckFailure {
  let failure: CheckFailure | undefined
  let told: Error | undefined
  let thrown: unknown
  try {
    compileSchema(schema)[way](value, (one) => {
      failure = one
      return (told = new Error(one.message))
    })
  } catch (error) {
    thrown = error
  }
  if (!failure) throw new Error('it was not refused', { cause: thrown })
  expect(thrown).toBe(told)
  return failure
}

describe('a value for logs', () => {
  it('a schema that marks nothing costs nothing', () => {
    expect(compileSchema(Type.Object({ name: Type.String() })).redact).toBeUndefined()
  })

  it.each<[what: string, schema: TSchema, value: unknown, shown: unknown]>([
    [
      'a field',
      Type.Object({ a: Password, b: Type.String() }),
      { a: 'x', b: 'y' },
      { a: '[redacted]', b: 'y' },
    ],
    ['of any type', Type.Object({ a: Type.Integer(hidden) }), { a: 5 }, { a: '[redacted]' }],
    [
      'that is null',
      Type.Object({ a: Type.Union([Type.Null(), Password]) }),
      { a: null },
      { a: '[redacted]' },
    ],
    ['that is left out', Type.Object({ a: Type.Optional(Password) }), {}, {}],
    ['with a default', Type.Object({ a: t.Default(Password, 'abcdefgh') }), { a: 'x' }, { a: '[redacted]' }],
    ['with a number', Type.Object({ a: field(1, Password) }), { a: 'x' }, { a: '[redacted]' }],
    ['bytes', Type.Object({ a: t.Bytes(hidden) }), { a: new Uint8Array(2) }, { a: '[redacted]' }],
    ['a date', Type.Object({ a: t.DateTime(hidden) }), { a: 'x' }, { a: '[redacted]' }],
    ['a big integer', Type.Object({ a: t.BigInt(hidden) }), { a: '1' }, { a: '[redacted]' }],
    [
      'a whole object',
      Type.Object({ a: Type.Object({ b: Type.String() }, hidden) }),
      { a: { b: 'x' } },
      { a: '[redacted]' },
    ],
    ['everything', Type.Object({ a: Type.String() }, hidden), { a: 'x' }, '[redacted]'],
    [
      'in a list',
      Type.Object({ a: Type.Array(Type.Object({ b: Password })) }),
      { a: [{ b: 'x' }, {}] },
      { a: [{ b: '[redacted]' }, {}] },
    ],
    [
      'in a tuple',
      Type.Object({ a: Type.Tuple([Type.String(), Password]) }),
      { a: ['x', 'y', 'z'] },
      { a: ['x', '[redacted]', '[redacted]'] },
    ],
    [
      'in a record',
      Type.Object({ a: Type.Record(Type.String(), Password) }),
      { a: { k: 'x' } },
      { a: { k: '[redacted]' } },
    ],
    [
      'in one part',
      Type.Intersect([Type.Object({ a: Password }), Type.Object({ b: Type.String() })]),
      { a: 'x', b: 'y' },
      { a: '[redacted]', b: 'y' },
    ],
    [
      'in one branch',
      Type.Object({ a: Type.Union([Type.String(), Type.Object({ b: Password })]) }),
      { a: 'x' },
      { a: 'x' },
    ],
    [
      'in the other',
      Type.Object({ a: Type.Union([Type.String(), Type.Object({ b: Password })]) }),
      { a: { b: 'x' } },
      { a: { b: '[redacted]' } },
    ],
  ])('%s', (_what, schema, value, shown) => {
    const before = structuredClone(value)
    expect(redact(schema, value)).toEqual(shown)
    expect(value).toEqual(before)
  })

  it('in a schema that holds itself', () => {
    const Tree = Type.Recursive((This) =>
      Type.Object({ key: Password, next: Type.Optional(This), name: Type.String() }),
    )
    const value = { key: 'x', name: 'a', next: { key: 'y', name: 'b', next: { key: 'z', name: 'c' } } }
    const shown = {
      key: '[redacted]',
      name: 'a',
      next: { key: '[redacted]', name: 'b', next: { key: '[redacted]', name: 'c' } },
    }
    expect(redact(Type.Object({ tree: Tree }), { tree: value })).toEqual({ tree: shown })
  })

  it('what is misplaced is not shown, since it may be just that', () => {
    const schema = Type.Object({
      user: Type.Object({ name: Type.String(), password: Password }),
      n: Type.Integer(),
    })
    expect(redact(schema, { user: '{"password":"x"}', n: 1 })).toEqual({ user: '[redacted]', n: 1 })
    expect(redact(schema, { user: [{ password: 'x' }], n: 1 })).toEqual({ user: ['[redacted]'], n: 1 })
    expect(redact(schema, { user: { name: 'a', pasword: 'x' }, password: 'x' })).toEqual({
      user: { name: 'a' },
    })
    expect(redact(schema, 'x')).toBe('[redacted]')
  })
})

describe('what a failed check says', () => {
  const User = Type.Object({ password: Password, name: Type.String({ minLength: 1 }) })

  it('says of something sensitive what the schema asks for, and no more', () => {
    expect(refusal(User, { name: 'a' })).toEqual({
      pointer: '/password',
      keyword: 'required',
      message: 'is required',
    })
    expect(refusal(User, { name: 'a', password: 'x' })).toMatchObject({
      pointer: '/password',
      keyword: 'minLength',
      message: 'must NOT have fewer than 8 characters',
    })
    expect(refusal(Type.Object({ pin: Type.Literal('1234', hidden) }), { pin: 'x' })).toEqual({
      pointer: '/pin',
      keyword: 'const',
      message: 'is none of the values allowed here',
    })
    expect(refusal(Type.Object({ name: Type.Literal('a') }), { name: 'x' })).toMatchObject({
      message: 'must be "a"',
    })
  })

  it('does not lead into it: keys are part of it', () => {
    const schema = Type.Object({ keys: Type.Record(Type.String(), Type.Integer(), hidden) })
    expect(refusal(schema, { keys: { [secret]: 'x' } })).toEqual({
      pointer: '/keys',
      keyword: 'type',
      message: 'holds what its schema forbids',
    })
  })

  it('leaves out what a transform says, which may be anything', () => {
    const quoting = (value: string): string => {
      throw new Error(`no: ${value}`)
    }
    const Code = Type.Transform(Type.String()).Decode(quoting).Encode(quoting)
    expect(refusal(Type.Object({ a: Code }), { a: 'x' })).toMatchObject({ message: 'no: x' })
    for (const way of ['take', 'give'] as const)
      expect(refusal(Type.Object({ a: Code, b: Type.Optional(Password) }), { a: 'x' }, way)).toMatchObject({
        keyword: 'transform',
        message: 'cannot be converted',
      })
  })
})

it(
  'whatever the schema and the value, no failure and no redacted value holds a secret',
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(secretSample(), ({ schema, value }) => {
        const compiled = compileSchema(schema)
        const told: unknown[] = [compiled.redact?.(value)]
        for (const way of ['take', 'give'] as const)
          try {
            compiled[way](value, (failure) => {
              told.push(failure)
              return new Error('refused')
            })
          } catch {
            // It has been told.
          }
        expect(JSON.stringify(told)).not.toContain(secret)
      }),
      { numRuns: 150 },
    )
  },
)
