import { Type, type TSchema } from '@sinclair/typebox'
import { createApp, defineService, Empty, field, rpc, t, type Service } from 'microapi-ts'
import { generateProto } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { diffApis, type DiffOptions } from '../../lib/generate/diff/diff.ts'
import type { ApiChange } from '../../lib/generate/diff/finding.ts'

type Contract = Readonly<Record<string, Service>>

const asInput = (schema: TSchema): Contract => ({
  s: defineService({ m: rpc.unary(schema as typeof Empty, Empty) }),
})
const asOutput = (schema: TSchema): Contract => ({
  s: defineService({ m: rpc.unary(Empty, schema as typeof Empty) }),
})
const asEvent = (schema: TSchema): Contract => ({
  s: defineService({ m: rpc.event(schema as typeof Empty) }),
})
const object = (properties: Record<string, TSchema>, options = {}): TSchema =>
  Type.Object(properties, options)

/** A change in one line: what, where, and whom it breaks, with a `?` where it may. */
function lineOf({ rule, pointer = '', effects }: ApiChange): string {
  const whom = { 'old clients': 'old', 'new clients': 'new', 'stored events': 'stored' }
  const all = effects.map((one) => `${whom[one.whom]} ${one.wire}${one.level === 'risky' ? '?' : ''}`)
  return `${rule} ${pointer}: ${all.join(', ') || 'nobody'}`
}

function linesOf(old: Contract, next: Contract, options: DiffOptions = {}): string[] {
  return diffApis(old, next, options).changes.map(lineOf)
}

const { String: S, Integer: I, Literal: L, Optional: O, Union: U } = Type
const json = { wire: 'json' } as const
const protobuf = { wire: 'protobuf' } as const

/** What a change means to JSON where a server takes it, and where it gives it. */
const changes: readonly (readonly [
  name: string,
  old: TSchema,
  next: TSchema,
  input: string[],
  output: string[],
])[] = [
  ['nothing', object({ a: S() }), object({ a: S() }), [], []],
  ['what people are told', object({ a: S() }), object({ a: S({ description: 'x' }) }), [], []],
  [
    'a new optional property',
    object({}),
    object({ a: O(S()) }),
    ['property-added /a: new json?'],
    ['property-added /a: nobody'],
  ],
  [
    'a new required property',
    object({}),
    object({ a: S() }),
    ['required-property-added /a: old json, new json?'],
    ['required-property-added /a: new json'],
  ],
  [
    'a new property with a default',
    object({}),
    object({ a: t.Default(S(), 'x') }),
    ['property-added /a: new json?'],
    ['property-added /a: nobody'],
  ],
  [
    'a property that is gone',
    object({ a: S() }),
    object({}),
    ['property-removed /a: old json?, new json'],
    ['property-removed /a: old json'],
  ],
  [
    'an optional property that is gone',
    object({ a: O(S()) }),
    object({}),
    ['property-removed /a: old json?'],
    ['property-removed /a: old json?'],
  ],
  [
    'a property that others may not stand beside',
    object({ a: O(S()) }, { additionalProperties: false }),
    object({}, { additionalProperties: false }),
    ['property-removed /a: old json'],
    ['property-removed /a: old json?, new json'],
  ],
  [
    'other keys are refused',
    object({}),
    object({}, { additionalProperties: false }),
    ['other-keys-changed : old json'],
    ['other-keys-changed : nobody'],
  ],
  [
    'required',
    object({ a: O(S()) }),
    object({ a: S() }),
    ['property-required /a: old json'],
    ['property-required /a: new json'],
  ],
  [
    'optional',
    object({ a: S() }),
    object({ a: O(S()) }),
    ['property-optional /a: new json'],
    ['property-optional /a: old json'],
  ],
  [
    'a default in place of required',
    object({ a: S() }),
    object({ a: t.Default(S(), '') }),
    ['property-optional /a: new json'],
    [],
  ],
  [
    'another default',
    object({ a: t.Default(I(), 1) }),
    object({ a: t.Default(I(), 2) }),
    ['default-changed /a: old json?, new json?'],
    ['default-changed /a: old json?, new json?'],
  ],
  [
    'null',
    object({ a: S() }),
    object({ a: U([S(), Type.Null()]) }),
    ['null-added /a: new json'],
    ['null-added /a: old json'],
  ],
  [
    'another type',
    object({ a: S() }),
    object({ a: I() }),
    ['type-changed /a: old json, new json'],
    ['type-changed /a: old json, new json'],
  ],
  [
    'a wider type',
    object({ a: I() }),
    object({ a: Type.Number() }),
    ['type-changed /a: new json'],
    ['type-changed /a: old json'],
  ],
  [
    'one of two types',
    object({ a: U([S(), I()]) }),
    object({ a: S() }),
    ['variant-removed /a: old json'],
    ['variant-removed /a: new json'],
  ],
  [
    'a narrower range',
    object({ a: I({ maximum: 9 }) }),
    object({ a: I({ exclusiveMaximum: 9 }) }),
    ['range-narrowed /a: old json'],
    ['range-narrowed /a: new json'],
  ],
  [
    'the same range, said otherwise',
    object({ a: I({ maximum: 9 }) }),
    object({ a: I({ exclusiveMaximum: 10 }) }),
    [],
    [],
  ],
  [
    'a longer text',
    object({ a: S({ maxLength: 9 }) }),
    object({ a: S({ maxLength: 10 }) }),
    ['length-widened /a: new json'],
    ['length-widened /a: old json'],
  ],
  [
    'a pattern',
    object({ a: S() }),
    object({ a: S({ pattern: 'x' }) }),
    ['pattern-added /a: old json'],
    ['pattern-added /a: new json'],
  ],
  [
    'another pattern',
    object({ a: S({ pattern: 'y' }) }),
    object({ a: S({ pattern: 'x' }) }),
    ['pattern-changed /a: old json?, new json?'],
    ['pattern-changed /a: old json?, new json?'],
  ],
  [
    'another format',
    object({ a: S({ format: 'uuid' }) }),
    object({ a: S({ format: 'email' }) }),
    ['format-changed /a: old json, new json'],
    ['format-changed /a: old json, new json'],
  ],
  [
    'an enum with more',
    object({ a: U([L('x')]) }),
    object({ a: U([L('x'), L('y')]) }),
    ['value-added /a: new json?'],
    ['value-added /a: old json?'],
  ],
  [
    'an enum with less',
    object({ a: U([L('x'), L('y')]) }),
    object({ a: L('x') }),
    ['value-removed /a: old json'],
    ['value-removed /a: new json'],
  ],
  [
    'an enum that is any text',
    object({ a: U([L('x'), L('y')]) }),
    object({ a: S() }),
    ['variant-added /a: new json'],
    ['variant-added /a: old json'],
  ],
  [
    'texts that are dates',
    object({ a: S({ format: 'date-time' }) }),
    object({ a: t.DateTime() }),
    ['type-changed /a: old json?, new json?'],
    ['type-changed /a: old json?, new json?'],
  ],
  [
    'text that is bytes',
    object({ a: S() }),
    object({ a: t.Bytes() }),
    ['type-changed /a: old json, new json'],
    ['type-changed /a: old json, new json'],
  ],
  [
    'fewer items',
    object({ a: Type.Array(S(), { maxItems: 5 }) }),
    object({ a: Type.Array(S(), { maxItems: 4 }) }),
    ['items-narrowed /a: old json'],
    ['items-narrowed /a: new json'],
  ],
  [
    'items',
    object({ a: Type.Array(I()) }),
    object({ a: Type.Array(I({ minimum: 1 })) }),
    ['range-narrowed /a/*: old json'],
    ['range-narrowed /a/*: new json'],
  ],
  [
    'a longer tuple',
    object({ a: Type.Tuple([S()]) }),
    object({ a: Type.Tuple([S(), S()]) }),
    ['items-narrowed /a: old json', 'items-widened /a: new json'],
    ['items-widened /a: old json', 'items-narrowed /a: new json'],
  ],
  [
    'what a record holds',
    object({ a: Type.Record(S(), I()) }),
    object({ a: Type.Record(S(), Type.Number()) }),
    ['type-changed /a/*: new json'],
    ['type-changed /a/*: old json'],
  ],
  [
    'an intersection in place of an object',
    object({ a: S(), b: S() }),
    Type.Intersect([object({ a: S() }), object({ b: S() })]),
    [],
    [],
  ],
  [
    'a condition',
    object({ a: Type.Not(S()) }),
    object({ a: Type.Not(I()) }),
    ['condition-changed /a: old json?, new json?'],
    ['condition-changed /a: old json?, new json?'],
  ],
]

describe('over JSON', () => {
  it.each(changes)('%s', (_, old, next, input, output) => {
    expect(linesOf(asInput(old), asInput(next), json)).toEqual(input)
    expect(linesOf(asOutput(old), asOutput(next), json)).toEqual(output)
  })

  it('an event that is refused breaks those that are stored, too', () => {
    expect(linesOf(asEvent(object({})), asEvent(object({ a: S() })), json)).toEqual([
      'required-property-added /a: old json, stored json, new json?',
    ])
  })

  it('branches of a union are compared with those of the same tag, and told by it', () => {
    const dot = (kind: string, more = {}): TSchema => object({ kind: L(kind), x: I(more) })
    const old = object({ shape: U([dot('dot'), dot('line')]) })
    const { changes: found } = diffApis(
      asOutput(old),
      asOutput(object({ shape: U([dot('area'), dot('line', { minimum: 0 }), dot('dot')]) })),
      json,
    )
    expect(found.map(lineOf)).toEqual([
      'variant-added /shape: old json?',
      'range-narrowed /shape/x: new json',
    ])
    expect(found[0]).toMatchObject({ new: 'kind: "area"' })
    expect(found[1]!.message).toBe('it has to be >= 0 (where kind: "line")')
  })

  it('a recursive schema is compared once, and the same under another name', () => {
    const tree = (id: string, value: TSchema): TSchema =>
      Type.Recursive((Self) => object({ value, kids: Type.Array(Self) }), { $id: id })
    expect(linesOf(asInput(tree('A', S())), asInput(tree('B', S())), json)).toEqual([])
    expect(linesOf(asInput(tree('A', S())), asInput(tree('A', S({ minLength: 1 }))), json)).toEqual([
      'length-narrowed /value: old json',
    ])
  })

  it('services, methods, kinds and errors', () => {
    const methods = { a: rpc.unary(Empty, Empty), b: rpc.unary(Empty, Empty, { idempotent: true }) }
    const fails = (code: 'NOT_FOUND' | 'ABORTED') =>
      rpc.unary(Empty, Empty, { errors: { GONE: { code, details: Type.Object({ id: Type.Integer() }) } } })
    const old = {
      s: defineService({ ...methods, e: fails('NOT_FOUND'), f: rpc.unary(Empty, Empty) }),
      gone: defineService(methods),
    }
    const next = {
      s: defineService({
        a: rpc.serverStream(Empty, Empty),
        c: methods.a,
        e: fails('ABORTED'),
        f: fails('ABORTED'),
      }),
      fresh: defineService(methods),
    }
    const { changes: found } = diffApis(old, next)
    expect(
      found.map((one) => `${one.level} ${one.service}.${one.method ?? ''} ${one.part ?? ''} ${one.rule}`),
    ).toEqual([
      'breaking gone.  service-removed',
      'breaking s.b  method-removed',
      'breaking s.a  kind-changed',
      'breaking s.e errors.GONE error-code-changed',
      'risky s.f errors.GONE error-added',
      'safe fresh.  service-added',
      'safe s.c  method-added',
    ])
    // They break over both forms, and are told once.
    expect(lineOf(found[0]!)).toBe('service-removed : old json, old protobuf')
  })

  it('an app, a contract and a description are the same thing', () => {
    const contract = {
      s: defineService({
        m: rpc.unary(Empty, Type.Object({ at: t.DateTime() }), () => ({ at: new Date() })),
      }),
    }
    const description = JSON.parse(
      JSON.stringify({
        services: {
          s: { m: { kind: 'unary', input: Empty, output: contract.s.m.output, errors: {}, options: {} } },
        },
      }),
    ) as Parameters<typeof diffApis>[0]
    expect(diffApis(createApp({ services: contract }), contract)).toEqual({ level: 'safe', changes: [] })
    expect(diffApis(contract, description)).toEqual({ level: 'safe', changes: [] })
  })
})

describe('over protobuf', () => {
  it('a renamed property that keeps its number breaks JSON alone', () => {
    const { level, changes: found } = diffApis(
      asInput(object({ a: field(1, S()), b: field(2, I()) })),
      asInput(object({ a: field(1, S()), c: field(2, I()) })),
    )
    expect(level).toBe('breaking')
    expect(found.map(lineOf)).toEqual([
      'required-property-added /c: old json, new json?',
      'property-removed /b: old json?, new json',
      'property-renamed /b: nobody',
    ])
  })

  it('what a renamed property accepts is compared all the same', () => {
    const old = asInput(object({ a: field(1, S()) }))
    expect(linesOf(old, asInput(object({ b: field(1, S({ minLength: 1 })) })), protobuf)).toEqual([
      'length-narrowed /a: old protobuf',
      'property-renamed /a: nobody',
    ])
  })

  it('a property between others takes the number of the next, unless a lock keeps them', () => {
    const old = asInput(object({ a: S(), b: S() }))
    const next = asInput(object({ a: S(), more: O(S()), b: S() }))
    expect(linesOf(old, next)).toContain('number-changed /b: old protobuf, new protobuf')
    const { lock } = generateProto(old)
    expect(linesOf(old, next, { locks: { old: lock } })).toEqual([
      'property-added /more: new json?, new protobuf?',
    ])
    const { lock: after } = generateProto(next, { lock })
    expect(linesOf(old, next, { locks: { old: lock, new: after } })).toEqual([
      'property-added /more: new json?, new protobuf?',
    ])
  })

  it.each<[string, TSchema, TSchema, string[]]>([
    ['another type', I(), S(), ['wire-type-changed /a: old protobuf, new protobuf']],
    ['a wider integer', I({ proto: 'int32' }), I(), ['wire-type-changed /a: new protobuf?']],
    ['zigzag', I(), I({ proto: 'sint64' }), ['wire-type-changed /a: old protobuf, new protobuf']],
    ['bigint in place of an integer', I(), t.BigInt(), []],
    ['a list', S(), Type.Array(S()), ['wire-type-changed /a: old protobuf, new protobuf']],
    ['a date that was text', S(), t.DateTime(), ['wire-type-changed /a: old protobuf, new protobuf']],
    ['required, which is zero where it is left out', O(S()), S(), ['property-required /a: old protobuf?']],
    [
      'required, which nothing stands for',
      O(object({ x: I() })),
      object({ x: I() }),
      ['property-required /a: old protobuf'],
    ],
    ['a range', I(), I({ minimum: 1 }), ['range-narrowed /a: old protobuf']],
    ['an enum with less', U([L('x'), L('y')]), U([L('x')]), ['value-removed /a: old protobuf']],
    [
      'an enum in another order',
      U([L('x'), L('y')]),
      U([L('y'), L('x')]),
      [
        'value-number-changed /a: old protobuf, new protobuf',
        'value-number-changed /a: old protobuf, new protobuf',
      ],
    ],
    ['an enum whose value has another name', U([L('x'), L('y')]), U([L('x'), L('z')]), []],
    [
      'JSON inside of protobuf',
      Type.Unknown(),
      Type.Tuple([S()]),
      ['wire-type-changed /a: old protobuf, new protobuf'],
    ],
    [
      'a tuple, which is JSON',
      Type.Tuple([S()]),
      Type.Tuple([I()]),
      ['type-changed /a/0: old protobuf, new protobuf'],
    ],
  ])('%s', (_, old, next, expected) => {
    expect(linesOf(asInput(object({ a: old })), asInput(object({ a: next })), protobuf)).toEqual(expected)
  })

  it('a property that is gone is never refused, not even where others are', () => {
    const old = asInput(object({ a: O(S()), b: S() }))
    expect(linesOf(old, asInput(object({ b: field(2, S()) })), protobuf)).toEqual([
      'property-removed /a: old protobuf?',
    ])
  })

  it('another package breaks protobuf alone; another name of ours with the same .proto breaks JSON alone', () => {
    const methods = { m: rpc.unary(Empty, Empty) }
    const named = (proto: object): ReturnType<typeof defineService> => defineService(methods, { proto })
    expect(linesOf({ s: named({ package: 'v1' }) }, { s: named({ package: 'v2' }) })).toEqual([
      'protobuf-name-changed : old protobuf, new protobuf',
    ])
    const proto = { package: 'v1', service: 'Shop' }
    expect(linesOf({ s: named(proto) }, { shop: named(proto) })).toEqual([
      'service-removed : old json',
      'service-added : new json',
    ])
  })

  it('what protobuf has no room for any more is told, and what it never had is not compared', () => {
    const fine = asInput(object({ a: S() }))
    const impossible = asInput(object({ a: S({ proto: 'int32' }) }))
    expect(linesOf(fine, impossible)).toContain('protobuf-lost : old protobuf, new protobuf')
    expect(linesOf(impossible, impossible)).toEqual([])
  })
})

it('who counts decides the level', () => {
  const [old, next] = [asInput(object({})), asInput(object({ a: O(S()) }))]
  expect(diffApis(old, next).level).toBe('safe')
  expect(diffApis(old, next, { whom: ['new clients'] }).level).toBe('risky')
})
