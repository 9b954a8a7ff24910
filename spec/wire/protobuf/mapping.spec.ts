import { Type, type TSchema, type TString } from '@sinclair/typebox'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Empty, t } from '../../../lib/core/schema/t.ts'
import { field } from '../../../lib/core/schema/field.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { mapMethods } from '../../../lib/wire/protobuf/map-methods.ts'
import { cities } from '../../../examples/cities/service.ts'
import { echoOf, fieldsOf, sourceOf, travel } from './codec-of.ts'

const of = (schema: TSchema): TSchema => Type.Object({ a: schema })
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])
const bytes = new Uint8Array([0, 128, 255])
const when = '2024-01-02T03:04:05.678Z'
const Named = Type.Object({ id: Type.Integer() }, { $id: 'Named' })
const Shape = Type.Union([
  Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() }),
  Type.Object({ kind: Type.Literal('square'), side: Type.Number(), name: Type.Optional(Type.String()) }),
])
const Tree = Type.Recursive((Self) => Type.Object({ label: Type.String(), children: Type.Array(Self) }))

/** What, its schema, its lines in the .proto, and values that come back as they were. */
const table: readonly [string, TSchema, readonly string[], readonly unknown[]][] = [
  ['text', of(Type.String()), ['string a = 1;'], [{ a: '' }, { a: 'ä € 😀 \u0000' }, { a: '\uFFFD' }]],
  ['long text', of(Type.String()), ['string a = 1;'], [{ a: 'x'.repeat(200) }, { a: '€'.repeat(5_461) }]],
  [
    'integers',
    of(Type.Integer()),
    ['int64 a = 1;'],
    [-1, 0, 1, 2 ** 31, -(2 ** 53) + 1, 2 ** 53 - 1].map((a) => ({ a })),
  ],
  ...(['int32', 'sint32', 'sfixed32'] as const).map((proto): [string, TSchema, string[], unknown[]] => [
    proto,
    of(Type.Integer({ proto })),
    [`${proto} a = 1;`],
    [{ a: -(2 ** 31) }, { a: -1 }, { a: 0 }, { a: 2 ** 31 - 1 }],
  ]),
  ...(['uint32', 'fixed32'] as const).map((proto): [string, TSchema, string[], unknown[]] => [
    proto,
    of(Type.Integer({ proto })),
    [`${proto} a = 1;`],
    [{ a: 0 }, { a: 2 ** 32 - 1 }],
  ]),
  ...(['sint64', 'sfixed64'] as const).map((proto): [string, TSchema, string[], unknown[]] => [
    proto,
    of(Type.Integer({ proto })),
    [`${proto} a = 1;`],
    [{ a: -(2 ** 53) + 1 }, { a: -1 }, { a: 0 }, { a: 2 ** 53 - 1 }],
  ]),
  ...(['uint64', 'fixed64'] as const).map((proto): [string, TSchema, string[], unknown[]] => [
    proto,
    of(Type.Integer({ proto })),
    [`${proto} a = 1;`],
    [{ a: 0 }, { a: 2 ** 32 }, { a: 2 ** 53 - 1 }],
  ]),
  [
    'numbers',
    of(Type.Number()),
    ['double a = 1;'],
    [0, -1, 0.1, 5e-324, Number.MAX_VALUE].map((a) => ({ a })),
  ],
  ['floats', of(Type.Number({ proto: 'float' })), ['float a = 1;'], [{ a: 0.5 }, { a: -2 }]],
  ['booleans', of(Type.Boolean()), ['bool a = 1;'], [{ a: true }, { a: false }]],
  ['bytes', of(t.Bytes()), ['bytes a = 1;'], [{ a: bytes }, { a: new Uint8Array() }]],
  [
    'big integers',
    of(t.BigInt()),
    ['int64 a = 1;'],
    ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'].map((a) => ({ a })),
  ],
  [
    'unsigned big integers',
    of(t.BigInt({ proto: 'uint64' })),
    ['uint64 a = 1;'],
    [{ a: '0' }, { a: '18446744073709551615' }],
  ],
  ['bigger integers', of(t.BigInt({ proto: 'string' })), ['string a = 1;'], [{ a: '9'.repeat(39) }]],
  [
    'dates',
    of(t.DateTime()),
    ['google.protobuf.Timestamp a = 1;'],
    [when, '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'].map((a) => ({
      a,
    })),
  ],
  ['texts that look like dates', of(Type.String({ format: 'date-time' })), ['string a = 1;'], [{ a: when }]],
  ['lists', of(Type.Array(Type.Integer())), ['repeated int64 a = 1;'], [{ a: [] }, { a: [1, 0, -1] }]],
  ['lists of text', of(Type.Array(Type.String())), ['repeated string a = 1;'], [{ a: [] }, { a: ['', 'b'] }]],
  [
    'lists of lists',
    of(Type.Array(Type.Array(Type.Number()))),
    ['message AList {', 'repeated double items = 1;', '}', 'repeated AList a = 1;'],
    [{ a: [] }, { a: [[], [0], [1, 2]] }],
  ],
  [
    'records',
    of(Type.Record(Type.String(), Type.Integer())),
    ['map<string, int64> a = 1;'],
    [{ a: {} }, { a: { '': 0, toString: 1, ü: 2, constructor: 3 } }],
  ],
  [
    'records of lists',
    of(Type.Record(Type.String(), Type.Array(Type.Integer()))),
    ['message AList {', 'repeated int64 items = 1;', '}', 'map<string, AList> a = 1;'],
    [{ a: { b: [], c: [1, 2] } }],
  ],
  [
    'objects with keys of one type',
    of(Type.Object({}, { additionalProperties: Type.Boolean() })),
    ['map<string, bool> a = 1;'],
    [{ a: { b: true } }],
  ],
  [
    'what is optional',
    Type.Object({ a: Type.Optional(Type.Integer()) }),
    ['optional int64 a = 1;'],
    [{}, { a: 0 }, { a: 1 }],
  ],
  [
    'defaults',
    Type.Object({ a: t.Default(Type.String(), 'b') }),
    ['optional string a = 1;'],
    [{}, { a: '' }],
  ],
  [
    'lists with defaults, which are as they are given',
    Type.Object({ a: t.Default(Type.Array(Type.String()), ['b']) }),
    ['repeated string a = 1;'],
    [{ a: [] }, { a: ['c'] }],
  ],
  [
    'optional lists',
    Type.Object({ a: Type.Optional(Type.Array(Type.Integer())) }),
    ['repeated int64 a = 1;'],
    [{}, { a: [0] }],
  ],
  [
    'objects',
    of(Type.Object({ b: Type.Integer() })),
    ['message A {', 'int64 b = 1;', '}', 'A a = 1;'],
    [{ a: { b: 0 } }, { a: { b: 1 } }],
  ],
  ['objects without properties', of(Empty), ['message A {}', 'A a = 1;'], [{ a: {} }]],
  [
    'shared objects',
    Type.Object({ a: Named, b: Type.Array(Named) }),
    ['Named a = 1;', 'repeated Named b = 2;'],
    [{ a: { id: 0 }, b: [{ id: 1 }, { id: 0 }] }],
  ],
  [
    'choices of text',
    of(Type.Union([Type.Literal('inProgress'), Type.Literal('done'), Type.Literal('')])),
    ['enum A {', 'A_UNSPECIFIED = 0;', 'A_IN_PROGRESS = 1;', 'A_DONE = 2;', 'A_EMPTY = 3;', '}', 'A a = 1;'],
    [{ a: 'inProgress' }, { a: 'done' }, { a: '' }],
  ],
  [
    'choices of whole numbers',
    of(Type.Union([Type.Literal(1), Type.Literal(2)])),
    ['int64 a = 1;'],
    [{ a: 1 }, { a: 2 }],
  ],
  [
    'lists of choices',
    of(Type.Array(Type.Union([Type.Literal('x'), Type.Literal('y')]))),
    ['enum A {', 'A_UNSPECIFIED = 0;', 'A_X = 1;', 'A_Y = 2;', '}', 'repeated A a = 1;'],
    [{ a: ['y', 'x', 'y'] }],
  ],
  [
    'literals, which take no room',
    Type.Object({ a: Type.Literal('x'), b: Type.Integer() }),
    ['int64 b = 1;'],
    [{ a: 'x', b: 1 }],
  ],
  [
    'literals with a number',
    Type.Object({ a: field(3, Type.Literal('x')) }),
    ['string a = 3;'],
    [{ a: 'x' }],
  ],
  [
    'unions with a tag',
    of(Shape),
    [
      'message A {',
      'message Circle {',
      'double radius = 1;',
      '}',
      'message Square {',
      'double side = 1;',

      'optional string name = 2;',
      '}',
      'oneof kind {',
      'Circle circle = 1;',
      'Square square = 2;',
      '}',
      '}',
      'A a = 1;',
    ],
    [{ a: { kind: 'circle', radius: 0 } }, { a: { kind: 'square', side: 1, name: '' } }],
  ],
  [
    'a union as the whole message',
    Shape,
    [
      'message Circle {',
      'double radius = 1;',
      '}',
      'message Square {',
      'double side = 1;',
      'optional string name = 2;',
      '}',
      'oneof kind {',
      'Circle circle = 1;',
      'Square square = 2;',
      '}',
    ],
    [
      { kind: 'circle', radius: 2 },
      { kind: 'square', side: 0 },
    ],
  ],
  [
    'a record as the whole message',
    Type.Record(Type.String(), Type.Boolean()),
    ['map<string, bool> entries = 1;'],
    [{}, { a: false, b: true }],
  ],
  [
    'what may be null',
    of(nullable(Type.String())),
    ['optional string a = 1;'],
    [{ a: null }, { a: '' }, { a: 'b' }],
  ],
  [
    'choices that may be null',
    of(nullable(Type.Union([Type.Literal('x'), Type.Literal('y')]))),
    ['enum A {', 'A_UNSPECIFIED = 0;', 'A_X = 1;', 'A_Y = 2;', '}', 'optional A a = 1;'],
    [{ a: null }, { a: 'y' }],
  ],
  [
    'what may be null, or left out',
    Type.Object({ a: Type.Optional(nullable(Type.String())) }),
    ['message AOrNull {', 'optional string value = 1;', '}', 'optional AOrNull a = 1;'],
    [{}, { a: null }, { a: '' }, { a: 'b' }],
  ],
  [
    'what is null unless given',
    Type.Object({ a: t.Default(nullable(Type.Integer()) as never, null as never) }),
    ['optional int64 a = 1;'],
    [{ a: null }, { a: 0 }],
  ],
  [
    'lists that may be null',
    of(nullable(Type.Array(Type.Integer()))),
    ['message AList {', 'repeated int64 items = 1;', '}', 'optional AList a = 1;'],
    [{ a: null }, { a: [] }, { a: [1] }],
  ],
  [
    'lists of what may be null',
    of(Type.Array(nullable(Type.Integer()))),
    ['message AOrNull {', 'optional int64 value = 1;', '}', 'repeated AOrNull a = 1;'],
    [{ a: [null, 0, 1] }],
  ],
  [
    'intersections',
    of(Type.Intersect([Type.Object({ b: Type.Integer() }), Type.Object({ c: Type.String() })])),
    ['message A {', 'int64 b = 1;', 'string c = 2;', '}', 'A a = 1;'],
    [{ a: { b: 1, c: 'd' } }],
  ],
  [
    'unions without a tag',
    of(Type.Union([Type.Object({ b: Type.Integer() }), Type.Object({ c: Type.String() })])),
    ['google.protobuf.Struct a = 1;'],
    [{ a: { b: 1 } }, { a: { c: '' } }],
  ],
  [
    'mixed values',
    of(Type.Union([Type.String(), Type.Integer(), Type.Null()])),
    ['google.protobuf.Value a = 1;'],
    [{ a: 'b' }, { a: 1 }, { a: null }],
  ],
  [
    'anything',
    Type.Object({ a: Type.Optional(Type.Unknown()) }),
    ['optional google.protobuf.Value a = 1;'],
    [{}, ...[null, 0, -1.5, '', 'b', true, [], [[null], {}], { b: { c: [] } }].map((a) => ({ a }))],
  ],
  [
    'tuples',
    of(Type.Tuple([Type.String(), Type.Integer()])),
    ['google.protobuf.ListValue a = 1;'],
    [{ a: ['b', 1] }],
  ],
  [
    'open objects',
    of(Type.Object({ b: Type.String() }, { additionalProperties: true })),
    ['google.protobuf.Struct a = 1;'],
    [{ a: { b: 'c', d: [1, null] } }],
  ],
  [
    'recursive schemas',
    of(Tree),
    ['message A {', 'string label = 1;', 'repeated A children = 2;', '}', 'A a = 1;'],
    [{ a: { label: '', children: [{ label: 'b', children: [] }] } }],
  ],
  [
    'recursion through lists of lists',
    of(Type.Recursive((Self) => Type.Array(Type.Array(Self)))),
    [
      'message AList {',
      'message ItemsList {',
      'repeated AList items = 1;',
      '}',
      'repeated ItemsList items = 1;',
      '}',
      'repeated AList a = 1;',
    ],
    [{ a: [[], [[], [[]]]] }],
  ],
  [
    'names that are none in protobuf',
    Type.Object({ 'first-name': Type.String(), '2nd': Type.Boolean(), ü: Type.Integer() }),
    [
      'string first_name = 1 [json_name = "first-name"];',
      'bool _2nd = 2 [json_name = "2nd"];',
      'int64 _ = 3 [json_name = "\\303\\274"];',
    ],
    [{ 'first-name': 'a', '2nd': true, ü: 3 }],
  ],
  [
    'pinned numbers',
    Type.Object({ a: field(7, Type.String()), b: Type.Integer(), c: field(1, Type.Integer()) }),
    ['string a = 7;', 'int64 b = 2;', 'int64 c = 1;'],
    [{ a: 'x', b: 2, c: 3 }],
  ],
  [
    'a module of schemas',
    Type.Module({ Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) }).Import('Node'),
    ['optional Node next = 1;'],
    [{ next: { next: {} } }],
  ],
]

describe('schemas in protobuf', () => {
  it.each(table)('%s', async (_, schema, lines, values) => {
    expect(fieldsOf(schema)).toEqual(lines)
    for (const value of values) expect(await travel(schema, value)).toEqual(value)
  })

  it.each(Object.entries(conformanceContract))('the conformance contract: %s', (service, methods) => {
    const sources = Object.entries(methods).map(([name, method]) => sourceOf(service, name, method))
    expect(mapMethods(sources).files[0]!.services[0]!.methods).toHaveLength(sources.length)
  })

  it('the cities example', () => {
    const sources = Object.entries(cities).map(([name, method]) => sourceOf('cities', name, method))
    expect(mapMethods(sources).files).toMatchObject([{ name: 'cities.proto', package: 'cities' }])
  })
})

describe('what cannot be expressed is an error with its place and the way out', () => {
  it.each<[string, TSchema, RegExp]>([
    [
      'a type that JSON lacks',
      of(Type.Date()),
      /^test\.echo input\/a: type "Date" cannot travel; use t\.DateTime\(\)/,
    ],
    [
      'a bigint in a list of objects',
      of(Type.Array(Type.Object({ b: Type.BigInt() }))),
      /^test\.echo input\/a\/\*\/b: .*t\.BigInt\(\)/,
    ],
    [
      'an annotation that does not fit',
      of(Type.String({ proto: 'int32' })),
      /^test\.echo input\/a: proto: "int32" does not go with it; use one of string$/,
    ],
    [
      'an annotation that is none',
      of(Type.Integer({ proto: 'int' })),
      /^test\.echo input\/a: proto: "int" .* int64, int32, uint32/,
    ],
    [
      'two properties with one name',
      Type.Object({ 'a-b': Type.String(), a_b: Type.String() }),
      /to protobuf "a-b" and "a_b" are the same name; rename one/,
    ],
    [
      'two properties with one name in JSON',
      Type.Object({ aB: Type.String(), a_b: Type.String() }),
      /to protobuf "aB" and "a_b" are the same name; rename one/,
    ],
    [
      'a number pinned twice',
      Type.Object({ a: field(2, Type.String()), b: field(2, Type.String()) }),
      /field number 2 is pinned for "a" and for "b"/,
    ],
    [
      'two schemas with one $id',
      Type.Object({ a: Named, b: Type.Object({}, { $id: 'Named' }) }),
      /^test\.echo input\/b: two different schemas have the \$id "Named"/,
    ],
    [
      'two $ids that are one name',
      Type.Object({ a: Type.Object({}, { $id: 'x' }), b: Type.Object({}, { $id: 'X' }) }),
      /\$id "X" is taken by another message/,
    ],
    [
      'a reference to nothing',
      of(Type.Ref('Nobody')),
      /^test\.echo input\/a: \$ref "Nobody" points at no schema/,
    ],
    [
      'an intersection that disagrees',
      Type.Intersect([of(Type.String()), of(Type.Integer())]),
      /^test\.echo input\/a: two parts/,
    ],
  ])('%s', (_, schema, message) => {
    expect(() => mapMethods([echoOf(schema)])).toThrow(message)
  })

  it.each([0, -1, 1.5, 19_000, 19_999, 2 ** 29, Number.NaN])('field(%s) is refused at once', (number) => {
    expect(() => field(number, Type.String())).toThrow(/use a whole number from 1 to 536,870,911/)
  })

  it('field() leaves the schema what it is', () => {
    expectTypeOf(field(1, Type.String())).toEqualTypeOf<TString>()
    const optional = Type.Object({
      a: Type.Optional(field(2, Type.String())),
      b: field(1, Type.Optional(Type.Integer())),
    })
    expect(optional.required).toBeUndefined()
    expectTypeOf<typeof optional.static>().toEqualTypeOf<{ a?: string; b?: number }>()
  })
})
