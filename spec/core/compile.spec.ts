import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { t } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import type { CheckFailure } from '../../lib/core/schema/check.ts'
import { compileSchema } from '../../lib/core/schema/compile.ts'

class Refused extends Error {
  readonly failure: CheckFailure
  constructor(failure: CheckFailure) {
    super(`${failure.pointer} ${failure.message}`)
    this.failure = failure
  }
}
const fail = (failure: CheckFailure): Error => new Refused(failure)
const take = (schema: TSchema, value: unknown): unknown => compileSchema(schema).take(value, fail)
const give = (schema: TSchema, value: unknown): unknown => compileSchema(schema).give(value, fail)

function refusal(work: () => unknown): CheckFailure | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.failure
    throw error
  }
  return undefined
}

/** A schema, values that it accepts as a handler has them, and what they are in JSON. */
interface Sample {
  readonly schema: TSchema
  readonly value: fc.Arbitrary<{ readonly decoded: unknown; readonly wire: unknown }>
}

const both = <T>(arbitrary: fc.Arbitrary<T>): Sample['value'] =>
  arbitrary.map((one) => ({ decoded: one, wire: one }))
const key = fc.constantFrom('a', 'b', 'c', 'dash-ed', 'with space', 'line\nbreak', '"quoted"', 'ü', '0')
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((one) => (Object.is(one, -0) ? 0 : one))

const leaf: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  { schema: Type.String(), value: both(fc.string({ unit: 'grapheme' })) },
  { schema: Type.String(), value: both(fc.string({ unit: 'binary-ascii' })) },
  { schema: Type.Integer(), value: both(fc.maxSafeInteger()) },
  { schema: Type.Number(), value: both(number) },
  { schema: Type.Boolean(), value: both(fc.boolean()) },
  { schema: Type.Null(), value: both(fc.constant(null)) },
  { schema: Type.Literal('one'), value: both(fc.constant('one')) },
  { schema: Type.Union([Type.String(), Type.Null()]), value: both(fc.option(fc.string())) },
  {
    schema: Type.Any(),
    value: both(
      fc
        .jsonValue({ noUnicodeString: false })
        .filter((one) => one !== undefined)
        .map((one) => JSON.parse(JSON.stringify(one)) as unknown),
    ),
  },
  {
    schema: t.DateTime(),
    value: fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => ({ decoded: date, wire: date.toISOString() })),
  },
  {
    schema: t.BigInt(),
    value: fc
      .bigInt({ min: -(10n ** 38n), max: 10n ** 38n })
      .map((one) => ({ decoded: one, wire: String(one) })),
  },
  {
    schema: t.Bytes(),
    value: fc.uint8Array().map((one) => ({ decoded: one, wire: Buffer.from(one).toString('base64') })),
  },
)

const mapBoth = (
  all: fc.Arbitrary<readonly { decoded: unknown; wire: unknown }[]>,
  join: (parts: unknown[]) => unknown,
): Sample['value'] =>
  all.map((parts) => ({
    decoded: join(parts.map((part) => part.decoded)),
    wire: join(parts.map((part) => part.wire)),
  }))

function nested(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const list = inner.map(({ schema, value }): Sample => ({
    schema: Type.Array(schema),
    value: mapBoth(fc.array(value, { maxLength: 4 }), (parts) => parts),
  }))
  const tuple = fc.tuple(inner, inner).map(([a, b]): Sample => ({
    schema: Type.Tuple([a.schema, b.schema]),
    value: mapBoth(fc.tuple(a.value, b.value), (parts) => parts),
  }))
  const record = inner.map(({ schema, value }): Sample => ({
    schema: Type.Record(Type.String(), schema),
    value: fc.array(fc.tuple(key, value), { maxLength: 4 }).map((pairs) => ({
      decoded: Object.fromEntries(pairs.map(([name, one]) => [name, one.decoded])),
      wire: Object.fromEntries(pairs.map(([name, one]) => [name, one.wire])),
    })),
  }))
  return fc.oneof(list, tuple, record, objectOf(inner))
}

function objectOf(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc
    .uniqueArray(fc.tuple(key, inner, fc.boolean()), { selector: ([name]) => name, maxLength: 5 })
    .map((fields): Sample => ({
      schema: Type.Object(
        Object.fromEntries(
          fields.map(([name, { schema }, optional]) => [name, optional ? Type.Optional(schema) : schema]),
        ),
      ),
      value: fc
        .tuple(
          ...fields.map(([, { value }, optional]) =>
            optional ? fc.option(value, { nil: undefined }) : value,
          ),
        )
        .map((values) => {
          const present = fields.flatMap(([name], i) => (values[i] ? [[name, values[i]] as const] : []))
          return {
            decoded: Object.fromEntries(present.map(([name, one]) => [name, one.decoded])),
            wire: Object.fromEntries(present.map(([name, one]) => [name, one.wire])),
          }
        }),
    }))
}

const message = objectOf(fc.oneof(leaf, nested(leaf), nested(nested(leaf))))
const sample = message.chain(({ schema, value }) => value.map((one) => ({ schema, ...one })))

describe('a compiled schema', { timeout: 60_000 }, () => {
  it('writes, reads and decodes every value of every schema: what went in comes out', () => {
    fc.assert(
      fc.property(sample, ({ schema, decoded, wire }) => {
        const compiled = compileSchema(schema)
        const text = compiled.stringify(compiled.give(decoded, fail))
        expect(JSON.parse(text)).toEqual(wire)
        expect(compiled.take(JSON.parse(text), fail)).toEqual(decoded)
      }),
      { numRuns: 300 },
    )
  })

  it('writes the very JSON that JSON.stringify writes', () => {
    fc.assert(
      fc.property(sample, ({ schema, decoded }) => {
        const compiled = compileSchema(schema)
        const given = compiled.give(decoded, fail)
        const plain = JSON.stringify(given, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
        )
        expect(JSON.parse(compiled.stringify(given))).toEqual(JSON.parse(plain))
      }),
      { numRuns: 300 },
    )
  })

  it('drops every key that the schema does not know, whatever it is called, and nothing else', () => {
    fc.assert(
      fc.property(
        sample,
        fc.string({ minLength: 13 }),
        fc.jsonValue(),
        ({ schema, decoded, wire }, name, extra) => {
          expect(take(schema, { ...(wire as object), [name]: extra })).toEqual(decoded)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('changes nothing that it is given', () => {
    fc.assert(
      fc.property(sample, ({ schema, decoded, wire }) => {
        const [before, beforeWire] = [structuredClone(decoded), structuredClone(wire)]
        give(schema, decoded)
        take(schema, wire)
        expect(decoded).toEqual(before)
        expect(wire).toEqual(beforeWire)
      }),
      { numRuns: 200 },
    )
  })

  it('never throws anything but the refusal, whatever it is given', () => {
    fc.assert(
      fc.property(message, fc.anything(), ({ schema }, value) => {
        for (const run of [take, give]) refusal(() => run(schema, value))
      }),
      { numRuns: 300 },
    )
  })
})

describe('defaults', () => {
  const Inner = Type.Object({ depth: t.Default(Type.Integer(), 3) })

  it('are filled where nothing was given, at every depth, each time a fresh copy', () => {
    const schema = Type.Object({
      flags: t.Default(Type.Array(Type.String()), ['a']),
      inner: Inner,
      all: Type.Array(Inner),
      map: Type.Record(Type.String(), Inner),
    })
    const filled = take(schema, { inner: {}, all: [{}], map: { a: {} } }) as { flags: string[] }
    expect(filled).toEqual({
      flags: ['a'],
      inner: { depth: 3 },
      all: [{ depth: 3 }],
      map: { a: { depth: 3 } },
    })
    filled.flags.push('b')
    expect(take(schema, { inner: {}, all: [], map: {} })).toMatchObject({ flags: ['a'] })
  })

  it('may be dates, bigints and bytes', () => {
    const schema = Type.Object({
      at: t.Default(t.DateTime(), new Date(0)),
      big: t.Default(t.BigInt(), 5n),
      bytes: t.Default(t.Bytes(), new Uint8Array([1])),
    })
    expect(take(schema, {})).toEqual({ at: new Date(0), big: 5n, bytes: new Uint8Array([1]) })
    expect(compileSchema(schema).stringify(give(schema, {}))).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","big":"5","bytes":"AQ=="}',
    )
  })

  it('inside a default object are filled as well', () => {
    const schema = Type.Object({ inner: t.Default(Inner, {}) })
    expect(take(schema, {})).toEqual({ inner: { depth: 3 } })
  })

  it('belong to the branch that the tag names', () => {
    const schema = Type.Union([
      Type.Object({ kind: Type.Literal('a'), x: t.Default(Type.Integer(), 1) }),
      Type.Object({ kind: Type.Literal('b'), y: t.Default(Type.Integer(), 2) }),
    ])
    expect(take(schema, { kind: 'a' })).toEqual({ kind: 'a', x: 1 })
    expect(take(schema, { kind: 'b', x: 5 })).toEqual({ kind: 'b', y: 2 })
  })

  it('cannot stand in a union without a tag, and the message says what to write', () => {
    const schema = Type.Object({
      value: Type.Union([
        Type.Object({ x: t.Default(Type.Integer(), 1) }),
        Type.Object({ y: Type.Integer() }),
      ]),
    })
    expect(() => compileSchema(schema)).toThrow(
      '/value: a default inside an untagged union cannot be applied; give every branch one property with a Type.Literal',
    )
  })

  it('in an intersection are filled from every part', () => {
    const schema = Type.Intersect([Inner, Type.Object({ width: t.Default(Type.Integer(), 4) })])
    expect(take(schema, {})).toEqual({ depth: 3, width: 4 })
  })
})

describe('unions', () => {
  it.each([
    [{ kind: 'c' }, '/kind', 'must be one of "a", "b"'],
    [{ kind: 'b', n: 'x' }, '/n', 'must be integer'],
    [{ kind: 'a' }, '/s', 'is required'],
  ])('with a tag say of %j what is wrong with the branch that was meant', (value, pointer, text) => {
    const schema = Type.Union([
      Type.Object({ kind: Type.Literal('a'), s: Type.String() }),
      Type.Object({ kind: Type.Literal('b'), n: Type.Integer() }),
    ])
    expect(refusal(() => take(schema, value))).toMatchObject({ pointer, message: text })
  })

  it('of literals list what is allowed, of types say that none fits', () => {
    const schema = Type.Object({
      color: Type.Union([Type.Literal('red'), Type.Literal('green')]),
      text: Type.Union([Type.String(), Type.Null()]),
    })
    expect(refusal(() => take(schema, { color: 'blue', text: null }))).toEqual({
      pointer: '/color',
      keyword: 'anyOf',
      message: 'must be one of "red", "green"',
    })
    expect(refusal(() => take(schema, { color: 'red', text: 1 }))).toMatchObject({
      pointer: '/text',
      keyword: 'anyOf',
    })
  })

  it('without a tag take the first branch that accepts, on the way in and on the way out', () => {
    const schema = Type.Object({
      v: Type.Union([
        Type.Object({ at: t.DateTime() }),
        Type.Object({ at: t.BigInt() }),
        Type.Object({ at: t.Bytes(), more: Type.Boolean() }),
      ]),
    })
    for (const v of [{ at: new Date(5) }, { at: 5n }, { at: new Uint8Array([1, 2]), more: true }]) {
      const text = compileSchema(schema).stringify(give(schema, { v }))
      expect(take(schema, JSON.parse(text))).toEqual({ v })
    }
  })
})

describe('what is named', () => {
  const User = Type.Object({ name: Type.String() }, { $id: 'User' })

  it('may stand in many schemas and many times in one', () => {
    const first = Type.Object({ a: User, b: User, list: Type.Array(User) })
    const second = Type.Object({ user: User })
    const value = { a: { name: 'a' }, b: { name: 'b' }, list: [{ name: 'c' }] }
    expect(take(first, value)).toEqual(value)
    expect(take(second, { user: { name: 'a' } })).toEqual({ user: { name: 'a' } })
    expect(take(User, { name: 'a' })).toEqual({ name: 'a' })
  })

  it('may have a name that another schema has too', () => {
    const Other = Type.Object({ id: Type.Integer() }, { $id: 'User' })
    expect(take(Type.Object({ user: User }), { user: { name: 'a' } })).toEqual({ user: { name: 'a' } })
    expect(take(Type.Object({ user: Other }), { user: { id: 1 } })).toEqual({ user: { id: 1 } })
  })

  it('may recur', () => {
    const Tree = Type.Recursive(
      (Self) =>
        Type.Object({ at: t.DateTime(), size: t.Default(Type.Integer(), 1), children: Type.Array(Self) }),
      { $id: 'Tree' },
    )
    const wire = {
      at: '1970-01-01T00:00:00.000Z',
      children: [{ at: '1970-01-01T00:00:01.000Z', children: [], more: 1 }],
    }
    const decoded = { at: new Date(0), size: 1, children: [{ at: new Date(1_000), size: 1, children: [] }] }
    expect(take(Tree, wire)).toEqual(decoded)
    expect(take(Tree, JSON.parse(compileSchema(Tree).stringify(give(Tree, decoded))))).toEqual(decoded)
    expect(
      refusal(() => take(Tree, { at: wire.at, children: [{ at: wire.at, children: [{}] }] }))?.pointer,
    ).toBe('/children/0/children/0/at')
  })

  it('may recur so deeply that the check overflows, which is a refusal', () => {
    const Node = Type.Recursive((Self) => Type.Object({ next: Type.Optional(Self) }), { $id: 'Node' })
    let value: unknown = {}
    for (let i = 0; i < 100_000; i++) value = { next: value }
    expect(refusal(() => take(Node, value))).toMatchObject({ message: expect.stringContaining('deep') })
  })
})

describe('a record', () => {
  const At = Type.Record(Type.Integer(), t.DateTime())
  const [date, text] = [new Date(5), new Date(5).toISOString()]

  it('decodes and encodes what its keys stand for, and keeps what stands beside it as it is', () => {
    const decoded = { 1: date, note: 'unchecked' }
    expect(take(At, { 1: text, note: 'unchecked' })).toEqual(decoded)
    expect(compileSchema(At).stringify(give(At, decoded))).toBe(`{"1":"${text}","note":"unchecked"}`)
  })

  it('of some keys refuses others where it says additionalProperties: false', () => {
    const strict = Type.Record(Type.Integer(), t.DateTime(), { additionalProperties: false })
    expect(take(strict, { 1: text })).toEqual({ 1: date })
    expect(refusal(() => take(strict, { note: text }))).toMatchObject({ keyword: 'additionalProperties' })
  })

  it('of any keys checks and decodes those with line breaks as well', () => {
    const schema = Type.Record(Type.String(), t.DateTime())
    expect(take(schema, { 'a\nb': text })).toEqual({ 'a\nb': date })
    expect(refusal(() => take(schema, { 'a\nb': 1 }))).toMatchObject({ pointer: '/a\nb', keyword: 'type' })
  })

  it('with properties beside its patterns takes each key by its name first', () => {
    const schema = Type.Unsafe({
      type: 'object',
      properties: { count: Type.Integer() },
      patternProperties: { '^at_': t.DateTime(), '^n_': t.BigInt() },
    })
    expect(take(schema, { count: 1, at_noon: text, n_all: '7', other: [] })).toEqual({
      count: 1,
      at_noon: date,
      n_all: 7n,
      other: [],
    })
  })
})

describe('a schema that cannot be compiled', () => {
  it.each([
    [Type.Object({ mail: Type.String({ format: 'e-mail' }) }), 'unknown format "e-mail"'],
    [Type.Object({ a: Type.Ref('Nobody') }), '$ref "Nobody" points at no schema'],
    [Type.Object({ toString: Type.String() }), 'property "toString"'],
  ])('says why', (schema, text) => {
    expect(() => compileSchema(schema)).toThrow(text)
  })
})

describe('refusals', () => {
  it('say where in RFC 6901', () => {
    const schema = Type.Object({ 'a/b': Type.Object({ 'c~d': Type.Integer() }) })
    expect(refusal(() => take(schema, { 'a/b': { 'c~d': 'x' } }))?.pointer).toBe('/a~1b/c~0d')
    expect(refusal(() => take(schema, { 'a/b': {} }))?.pointer).toBe('/a~1b/c~0d')
  })

  it('name the place of a date, a bigint or bytes that cannot be written', () => {
    const schema = Type.Object({ list: Type.Array(t.DateTime()) })
    expect(refusal(() => give(schema, { list: [new Date(Number.NaN)] }))).toMatchObject({
      keyword: 'transform',
    })
    expect(refusal(() => give(schema, { list: ['yesterday'] }))).toMatchObject({ keyword: 'transform' })
    expect(refusal(() => give(Type.Object({ big: t.BigInt() }), { big: 1.5 }))?.pointer).toBe('/big')
    expect(refusal(() => give(Type.Object({ bytes: t.Bytes() }), { bytes: 'not base64!' }))?.pointer).toBe(
      '/bytes',
    )
  })

  it('refuse keys of additionalProperties: false, and keep those of true', () => {
    const strict = Type.Object({ a: Type.Integer() }, { additionalProperties: false })
    expect(refusal(() => take(strict, { a: 1, b: 2 }))).toEqual({
      pointer: '/b',
      keyword: 'additionalProperties',
      message: 'is not a property of this schema',
    })
    expect(take(Type.Object({ a: Type.Integer() }, { additionalProperties: true }), { a: 1, b: 2 })).toEqual({
      a: 1,
      b: 2,
    })
    expect(
      compileSchema(Type.Object({ a: Type.Integer() }, { additionalProperties: true })).stringify({
        a: 1,
        b: 2,
      }),
    ).toBe('{"a":1,"b":2}')
  })
})
