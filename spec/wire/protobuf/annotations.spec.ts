import { Type, type TSchema } from '@sinclair/typebox'
import { describe, expect, it } from 'vitest'
import { defineService } from '../../../lib/core/service.ts'
import { rpc } from '../../../lib/core/builder.ts'
import { field, type FieldOptions } from '../../../lib/core/schema/field.ts'
import { Empty, t } from '../../../lib/core/schema/t.ts'
import { generateProto } from '../../../lib/generate/proto/proto.ts'
import { mapMethods } from '../../../lib/wire/protobuf/map-methods.ts'
import { codecOf, echoOf, fieldsOf, travel } from './codec-of.ts'

const google = (name: string) => ({ proto: `google.protobuf.${name}` })
const of = (schema: TSchema, options?: FieldOptions): TSchema =>
  Type.Object({ a: field(1, Type.Optional(schema), options) })
const nullable = (schema: TSchema, options = {}): TSchema => Type.Union([schema, Type.Null()], options)
const bytes = new Uint8Array([0, 255])
const Status = Type.Union([Type.Literal('STATUS_UNKNOWN'), Type.Literal('ACTIVE'), Type.Literal('GONE')], {
  $id: 'Status',
  proto: { values: { STATUS_UNKNOWN: 0, ACTIVE: 1, GONE: -1 } },
})
const Any = Type.Object({ '@type': Type.String(), value: t.Bytes() }, google('Any'))

/** What, its schema, its lines in the .proto, and values that come back as they were. */
const table: readonly [string, TSchema, readonly string[], readonly unknown[]][] = [
  [
    'text',
    of(Type.String(google('StringValue'))),
    ['google.protobuf.StringValue a = 1;'],
    [{}, { a: '' }, { a: 'b' }],
  ],
  [
    'booleans',
    of(Type.Boolean(google('BoolValue'))),
    ['google.protobuf.BoolValue a = 1;'],
    [{}, { a: false }, { a: true }],
  ],
  [
    'int32',
    of(Type.Integer(google('Int32Value'))),
    ['google.protobuf.Int32Value a = 1;'],
    [{}, { a: 0 }, { a: -(2 ** 31) }],
  ],
  [
    'uint32',
    of(Type.Integer(google('UInt32Value'))),
    ['google.protobuf.UInt32Value a = 1;'],
    [{}, { a: 0 }, { a: 2 ** 32 - 1 }],
  ],
  [
    'int64',
    of(Type.Integer(google('Int64Value'))),
    ['google.protobuf.Int64Value a = 1;'],
    [{}, { a: 0 }, { a: -(2 ** 53) + 1 }],
  ],
  [
    'uint64',
    of(Type.Integer(google('UInt64Value'))),
    ['google.protobuf.UInt64Value a = 1;'],
    [{}, { a: 0 }, { a: 2 ** 53 - 1 }],
  ],
  [
    'big integers',
    of(t.BigInt({ proto: 'google.protobuf.Int64Value' })),
    ['google.protobuf.Int64Value a = 1;'],
    [{}, { a: '0' }, { a: '-9223372036854775808' }],
  ],
  [
    'unsigned big integers',
    of(t.BigInt({ proto: 'google.protobuf.UInt64Value' })),
    ['google.protobuf.UInt64Value a = 1;'],
    [{}, { a: '0' }, { a: '18446744073709551615' }],
  ],
  [
    'one message as numbers and as digits',
    Type.Object({
      a: Type.Optional(Type.Integer(google('Int64Value'))),
      b: Type.Optional(t.BigInt({ proto: 'google.protobuf.Int64Value' })),
    }),
    ['google.protobuf.Int64Value a = 1;', 'google.protobuf.Int64Value b = 2;'],
    [{ a: 5, b: '6' }],
  ],
  [
    'floats',
    of(Type.Number(google('FloatValue'))),
    ['google.protobuf.FloatValue a = 1;'],
    [{}, { a: 0 }, { a: 0.5 }],
  ],
  [
    'numbers',
    of(Type.Number(google('DoubleValue'))),
    ['google.protobuf.DoubleValue a = 1;'],
    [{}, { a: 0 }, { a: 0.1 }],
  ],
  [
    'bytes',
    of(t.Bytes({ proto: 'google.protobuf.BytesValue' })),
    ['google.protobuf.BytesValue a = 1;'],
    [{}, { a: new Uint8Array() }, { a: bytes }],
  ],
  [
    'what may be null and is always there',
    Type.Object({
      a: nullable(Type.String(), google('StringValue')),
      b: nullable(Type.Integer(google('Int32Value'))),
    }),
    ['google.protobuf.StringValue a = 1;', 'google.protobuf.Int32Value b = 2;'],
    [
      { a: null, b: null },
      { a: '', b: 0 },
    ],
  ],
  [
    'lists and maps of them',
    Type.Object({
      a: Type.Array(Type.String(google('StringValue'))),
      b: Type.Record(Type.String(), Type.Boolean(google('BoolValue'))),
    }),
    ['repeated google.protobuf.StringValue a = 1;', 'map<string, google.protobuf.BoolValue> b = 2;'],
    [{ a: ['', 'b'], b: { c: false, d: true } }],
  ],
  [
    'any message',
    of(Any),
    ['google.protobuf.Any a = 1;'],
    [{}, { a: { '@type': 'type.googleapis.com/a.B', value: bytes } }],
  ],
  [
    'durations',
    of(Type.String(google('Duration'))),
    ['google.protobuf.Duration a = 1;'],
    ['0s', '1s', '-1s', '1.500s', '-0.000001s', '0.000000001s', '315576000000s', '-315576000000s'].map(
      (a) => ({ a }),
    ),
  ],
  ['nothing', of(Type.Object({}, google('Empty'))), ['google.protobuf.Empty a = 1;'], [{}, { a: {} }]],
  [
    'masks',
    of(Type.Array(Type.String(), google('FieldMask'))),
    ['google.protobuf.FieldMask a = 1;'],
    [{}, { a: [] }, { a: ['b', 'c.d'] }],
  ],
  [
    'JSON by its own names',
    Type.Object({
      a: field(1, Type.Optional(Type.Record(Type.String(), Type.Unknown(), google('Struct'))), {
        optional: false,
      }),
      b: field(2, Type.Optional(Type.Array(Type.Unknown(), google('ListValue'))), { optional: false }),
      c: field(3, Type.Optional(Type.String(google('Value'))), { optional: false }),
    }),
    ['google.protobuf.Struct a = 1;', 'google.protobuf.ListValue b = 2;', 'google.protobuf.Value c = 3;'],
    [{}, { a: { x: [1] }, b: [null, {}], c: 'd' }],
  ],
  [
    'enums with names of their own',
    Type.Object({
      a: Status,
      b: Type.Array(Status),
      c: Type.Optional(Status),
      d: Type.Record(Type.String(), Status),
      e: nullable(Status),
    }),
    [
      'Status a = 1;',
      'repeated Status b = 2;',
      'optional Status c = 3;',
      'map<string, Status> d = 4;',
      'optional Status e = 5;',
    ],
    [
      {
        a: 'STATUS_UNKNOWN',
        b: ['GONE', 'STATUS_UNKNOWN'],
        c: 'STATUS_UNKNOWN',
        d: { x: 'STATUS_UNKNOWN' },
        e: 'STATUS_UNKNOWN',
      },
      { a: 'GONE', b: [], d: {}, e: null },
    ],
  ],
  [
    'enums whose strings have other names',
    Type.Object({
      a: Type.Union([Type.Literal('on'), Type.Literal('off')], {
        proto: {
          name: 'Switch',
          zero: 'NOT_SAID',
          values: { on: { name: 'SWITCHED_ON', number: 7 } },
          reserved: [1, 'BROKEN'],
        },
      }),
    }),
    ['Switch a = 1;'],
    [{ a: 'on' }, { a: 'off' }],
  ],
  [
    'an enum of one value',
    Type.Object({ a: field(1, Type.Literal('ONLY', { proto: { name: 'Only', values: { ONLY: 0 } } })) }),
    ['Only a = 1;'],
    [{ a: 'ONLY' }],
  ],
  [
    'fields that have other names than their properties',
    Type.Object({
      userId: field(3, Type.String(), { name: 'user_id' }),
      b: field(1, Type.Boolean(), { name: 'flag' }),
    }),
    ['string user_id = 3;', 'bool flag = 1 [json_name = "b"];'],
    [{ userId: 'a', b: true }],
  ],
  [
    'oneofs',
    Type.Object({
      a: field(1, Type.Optional(Type.String()), { oneof: 'contact' }),
      b: Type.Integer(),
      c: field(2, Type.Optional(Type.Object({ d: Type.Integer() })), { oneof: 'contact' }),
      e: field(4, Type.Optional(Type.Boolean()), { oneof: 'other' }),
    }),
    [
      'message C {',
      'int64 d = 1;',
      '}',
      'oneof contact {',
      'string a = 1;',
      'C c = 2;',
      '}',
      'int64 b = 3;',
      'oneof other {',
      'bool e = 4;',
      '}',
    ],
    [{ b: 0 }, { a: '', b: 1 }, { b: 1, c: { d: 0 } }, { a: 'x', b: 1, e: false }],
  ],
  [
    'keys that are numbers, or true and false',
    Type.Object({
      a: Type.Record(Type.String(), Type.String(), { proto: { key: 'int32' } }),
      b: Type.Record(Type.String(), Type.String(), { proto: { key: 'fixed64' } }),
      c: Type.Record(Type.String(), Type.String(), { proto: { key: 'bool' } }),
    }),
    ['map<int32, string> a = 1;', 'map<fixed64, string> b = 2;', 'map<bool, string> c = 3;'],
    [
      {
        a: { 0: '', '-5': 'x' },
        b: { '18446744073709551615': 'y' },
        c: { true: 't', false: 'f' },
      },
    ],
  ],
  [
    'messages and values without the word optional',
    Type.Object({
      a: field(1, Type.Optional(Type.Object({})), { optional: false }),
      b: field(2, Type.Optional(t.DateTime()), { optional: false }),
      c: field(3, Type.String(), { optional: true }),
      d: field(4, Type.Optional(Type.String(google('StringValue'))), { optional: true }),
    }),
    [
      'message A {}',
      'A a = 1;',
      'google.protobuf.Timestamp b = 2;',
      'optional string c = 3;',
      'optional google.protobuf.StringValue d = 4;',
    ],
    [{ c: '' }, { a: {}, b: '2024-01-02T03:04:05.678Z', c: 'x', d: '' }],
  ],
  [
    'what is reserved',
    Type.Object({ a: Type.String() }, { proto: { reserved: [1, [3, 5], [100, 2 ** 29 - 1], 'b'] } }),
    ['reserved 1, 3 to 5, 100 to max;', 'reserved "b";', 'string a = 2;'],
    [{ a: 'x' }],
  ],
  [
    'a union whose oneof has a name of its own',
    Type.Union(
      [
        field(7, Type.Object({ kind: Type.Literal('a'), n: Type.Integer() }), { name: 'first' }),
        field(8, Type.Object({ kind: Type.Literal('b') })),
      ],
      { proto: { oneof: 'which' } },
    ),
    ['message A {', 'int64 n = 1;', '}', 'message B {}', 'oneof which {', 'A first = 7;', 'B b = 8;', '}'],
    [{ kind: 'a', n: 1 }, { kind: 'b' }],
  ],
]

describe("annotated schemas, Google's messages among them", () => {
  it.each(table)('%s', async (_, schema, lines, values) => {
    expect(fieldsOf(schema)).toEqual(lines)
    for (const value of values) expect(await travel(schema, value)).toEqual(value)
  })

  it('enums say their values as they are told to', () => {
    const Switch = Type.Union([Type.Literal('on', { description: 'It glows.' }), Type.Literal('off')], {
      proto: {
        name: 'Switch',
        zero: 'NOT_SAID',
        values: { on: { name: 'SWITCHED_ON', number: 7 } },
        reserved: [1, [3, 5], 'BROKEN'],
      },
    })
    const schema = Type.Object({ a: Switch, b: Status })
    const method = rpc.unary(schema, Empty)
    const text = Object.values(generateProto({ s: defineService({ a: method }) }).files)[0]!
    expect(text.slice(text.indexOf('enum'))).toBe(`enum Switch {
  reserved 1, 3 to 5;
  reserved "BROKEN";

  NOT_SAID = 0;
  // It glows.
  SWITCHED_ON = 7;
  SWITCH_OFF = 2;
}

enum Status {
  STATUS_UNKNOWN = 0;
  ACTIVE = 1;
  GONE = -1;
}
`)
  })

  it('a value that may be left out and is not optional is its zero', async () => {
    const schema = Type.Object({
      a: field(1, Type.Optional(Type.String()), { optional: false }),
      b: field(2, t.Default(Type.Integer(), 0), { optional: false }),
      c: field(3, Type.Optional(Status), { optional: false }),
    })
    expect(fieldsOf(schema)).toEqual(['string a = 1;', 'int64 b = 2;', 'Status c = 3;'])
    const codec = await codecOf(schema)
    expect(codec.writeInput({})).toHaveLength(0)
    expect(codec.readInput(codec.writeInput({}))).toEqual({ a: '', b: 0, c: 'STATUS_UNKNOWN' })
  })

  it.each([
    ['1s', '1s'],
    ['-0.5s', '-0.500s'],
    ['1.000001s', '1.000001s'],
    ['-0s', '0s'],
  ])('the duration %s comes back as %s', async (given, back) => {
    expect(await travel(of(Type.String(google('Duration'))), { a: given })).toEqual({ a: back })
  })

  it.each(['1', 's', '1.s', '1.0000000001s', '315576000000.1s', '315576000001s', 1, 'PT1S'])(
    'the duration %j is refused',
    async (a) => {
      const codec = await codecOf(of(Type.String(google('Duration'))))
      expect(() => codec.writeInput({ a })).toThrow(
        /^test\.EchoRequest\.a (must be seconds|is .* no Duration can hold)/,
      )
    },
  )

  it.each([
    ['of two signs', [0x0a, 13, 8, 1, 16, ...Array<number>(9).fill(0xff), 1]],
    ['of too many nanoseconds', [0x0a, 6, 16, 0x80, 0x94, 0xeb, 0xdc, 3]],
  ])('a duration %s is refused', async (_, octets) => {
    const codec = await codecOf(of(Type.String(google('Duration'))))
    expect(() => codec.readInput(new Uint8Array(octets))).toThrow(/^test\.EchoRequest\.a is no Duration/)
  })

  it('of a oneof the last one counts, and two at once are refused', async () => {
    const schema = Type.Object({
      a: field(1, Type.Optional(Type.String()), { oneof: 'contact' }),
      b: field(2, Type.Optional(Type.Integer()), { oneof: 'contact' }),
    })
    const codec = await codecOf(schema)
    expect(() => codec.writeInput({ a: '', b: 0 })).toThrow(
      'test.EchoRequest holds "a" and "b", of which at most one may be there: they are the oneof contact',
    )
    const both = Buffer.concat([codec.writeInput({ a: 'x' }), codec.writeInput({ b: 5 })])
    expect(codec.readInput(both)).toEqual({ b: 5 })
    expect(codec.readInput(Buffer.concat([both, codec.writeInput({ a: 'y' })]))).toEqual({ a: 'y' })
  })

  it.each([
    ['int32', '2147483648', /the key "2147483648" is 2147483648, which is no int32/],
    ['int32', 'a', /has the key "a", which must be digits/],
    ['uint64', '-1', /the key "-1" is -1, which is no uint64/],
    ['bool', 'yes', /has the key "yes", which must be "true" or "false"/],
  ])('a map by %s refuses the key %j', async (key, text, message) => {
    const codec = await codecOf(Type.Record(Type.String(), Type.Boolean(), { proto: { key } }))
    expect(() => codec.writeInput({ [text]: true })).toThrow(message)
  })

  it('methods take and give them', async () => {
    const service = defineService({
      a: rpc.unary(Type.Object({}, google('Empty')), Any),
      b: rpc.unary(
        Type.Object({ value: t.BigInt() }, google('Int64Value')),
        Type.Object({ value: Type.String() }, google('StringValue')),
      ),
    })
    const text = Object.values(generateProto({ s: service }).files)[0]!
    expect(text).toContain('rpc a(google.protobuf.Empty) returns (google.protobuf.Any);')
    expect(text).toContain('rpc b(google.protobuf.Int64Value) returns (google.protobuf.StringValue);')
    const schema = Type.Object({ value: t.BigInt() }, google('Int64Value'))
    for (const value of ['0', '-5']) expect(await travel(schema, { value })).toEqual({ value })
  })
})

describe('the files of an existing .proto', () => {
  const Money = Type.Object(
    { units: field(1, Type.Integer()) },
    {
      $id: 'Money',
      proto: { package: 'acme.common', file: 'acme/common/money.proto' },
    },
  )
  const Item = Type.Object({ price: field(1, Money) }, { proto: 'order_list.Item' })
  const service = (...schemas: [TSchema, TSchema]) =>
    defineService(
      { a: rpc.unary(schemas[0] as typeof Empty, schemas[1] as typeof Empty) },
      {
        proto: { package: 'acme.v1', service: 'Orders', file: 'acme/v1/orders.proto' },
      },
    )

  it('have their names, packages and nesting', () => {
    const { files } = generateProto({
      s: service(Item, Type.Object({ items: Type.Array(Item) }, { proto: 'order_list' })),
    })
    expect(Object.keys(files)).toEqual(['acme/common/money.proto', 'acme/v1/orders.proto'])
    expect(files['acme/v1/orders.proto']!.split('\n').slice(2)).toEqual(
      `
package acme.v1;

import "acme/common/money.proto";

service Orders {
  rpc a(order_list.Item) returns (order_list);
}

message order_list {
  message Item {
    common.Money price = 1;
  }

  repeated Item items = 1;
}
`.split('\n'),
    )
  })

  it('have an empty message where only what stands in it is used', () => {
    const { files } = generateProto({ s: service(Item, Empty) })
    expect(files['acme/v1/orders.proto']).toContain(
      'message order_list {\n  message Item {\n    common.Money price = 1;\n  }\n}',
    )
  })

  it('name methods apart from the messages that are called as they are', () => {
    const Ping = Type.Object({}, { $id: 'Ping' })
    const { files } = generateProto({ s: defineService({ Ping: rpc.unary(Ping, Ping) }) })
    expect(files['s.proto']).toContain('rpc Ping(s.Ping) returns (s.Ping);')
  })
})

describe('annotations that cannot be are errors with their place and the way out', () => {
  const twins = Type.Object({
    a: Type.Object({ x: field(1, Type.String()) }, { $id: 'Twin' }),
    b: Type.Object({ x: field(2, Type.String()) }, { $id: 'Twin' }),
  })
  it.each<[string, TSchema, RegExp]>([
    [
      "none of Google's",
      of(Type.String(google('Strange'))),
      /^test\.echo input\/a: proto: "google\.protobuf\.Strange" is not known here; .*StringValue/,
    ],
    [
      'a wrapper of something else',
      of(Type.String(google('Int32Value'))),
      /^test\.echo input\/a: proto: "google\.protobuf\.Int32Value" does not go with it; it goes with Type\.Integer\(\)/,
    ],
    [
      'a big integer that is none',
      of(Type.Number(google('Int64Value'))),
      /it goes with Type\.Integer\(\) and t\.BigInt\(\)/,
    ],
    [
      'a wrapper of more than its value',
      of(Type.Object({ value: Type.String(), b: Type.String() }, google('StringValue'))),
      /or with an object that has it as its "value"/,
    ],
    [
      'Any of something else',
      of(Type.Object({ value: t.Bytes() }, google('Any'))),
      /it goes with Type\.Object\(\{ '@type'/,
    ],
    [
      'Empty with properties',
      of(Type.Object({ a: Type.String() }, google('Empty'))),
      /it goes with Type\.Object\(\{\}\)$/,
    ],
    [
      'a mask of something else',
      of(Type.Array(Type.Integer(), google('FieldMask'))),
      /it goes with Type\.Array\(Type\.String\(\)\)$/,
    ],
    ['a duration in numbers', of(Type.Number(google('Duration'))), /it goes with Type\.String\(\)$/],
    [
      'null and absent in one wrapper',
      of(nullable(Type.String(), google('StringValue'))),
      /^test\.echo input\/a: null and absent are one thing in a google\.protobuf\.StringValue/,
    ],
    [
      'a required field in a oneof',
      Type.Object({ a: field(1, Type.String(), { oneof: 'x' }) }),
      /^test\.echo input\/a: stands in the oneof x, .* make it Type\.Optional/,
    ],
    ['a list in a oneof', of(Type.Array(Type.String()), { oneof: 'x' }), /stands in the oneof x/],
    [
      'a oneof with the name of a field',
      of(Type.String(), { oneof: 'a' }),
      /^test\.echo input: "a" is taken by another/,
    ],
    [
      'a name that is none',
      of(Type.String(), { name: 'a-b' }),
      /^test\.echo input\/a: "a-b" is no name in protobuf/,
    ],
    [
      'a message with a name that is none',
      of(Type.Object({}, { proto: 'a b' })),
      /^test\.echo input\/a: "a b" is no name in protobuf/,
    ],
    [
      'an option that is none',
      of(Type.Object({}, { proto: { nam: 'A' } })),
      /^test\.echo input\/a: proto has no "nam"; it has name, package/,
    ],
    [
      'a value that the enum has not',
      of(Type.Union([Type.Literal('x'), Type.Literal('y')], { proto: { values: { z: 1 } } })),
      /^test\.echo input\/a: proto: \{ values \} has "z", which is none of its strings: x, y/,
    ],
    [
      'two values with one number',
      of(Type.Union([Type.Literal('x'), Type.Literal('y')], { proto: { values: { x: 1, y: 1 } } })),
      /"x" and "y" are both 1/,
    ],
    [
      'an enum value that is no integer',
      of(Type.Union([Type.Literal('x'), Type.Literal('y')], { proto: { values: { x: 2 ** 31 } } })),
      /2147483648 is no 32-bit integer/,
    ],
    [
      'an enum that is not optional and has no zero',
      of(Type.Union([Type.Literal('x'), Type.Literal('y')]), { optional: false }),
      /optional: false wants a string that is the enum's 0/,
    ],
    [
      'a map by something else',
      of(Type.Record(Type.String(), Type.String(), { proto: { key: 'double' } })),
      /proto: \{ key: "double" \} is no map's key/,
    ],
    [
      'one enum made twice',
      Type.Object(
        Object.fromEntries(
          ['a', 'b'].map((key) => [
            key,
            Type.Union([Type.Literal('X'), Type.Literal('Y')], { proto: { values: { X: 0 } } }),
          ]),
        ),
      ),
      /^test\.echo input\/b: the enum's value "X" is taken by another .*test\.EchoRequest\.X; choose another, or give what is used twice an \$id$/,
    ],
    [
      'two schemas that differ in a number',
      twins,
      /^test\.echo input\/b: two different schemas have the \$id "Twin"/,
    ],
  ])('%s', (_, schema, message) => {
    expect(() => mapMethods([echoOf(schema)])).toThrow(message)
  })

  it('a reserved number is not given, and not to be pinned', () => {
    const schema = Type.Object({ a: field(4, Type.String()) }, { proto: { reserved: [[3, 5]] } })
    expect(() => fieldsOf(schema)).toThrow(
      /^test\.EchoRequest: "a" with the number 4 is reserved by proto: \{ reserved \}/,
    )
  })

  it('files that import each other', () => {
    const B = Type.Object({}, { $id: 'B', proto: { file: 'b.proto' } })
    const C = Type.Object({ b: B }, { $id: 'C', proto: { file: 'c.proto' } })
    const D = Type.Object({ c: C }, { $id: 'D', proto: { file: 'b.proto' } })
    expect(() => mapMethods([echoOf(Type.Object({ d: D }))])).toThrow(
      /^b\.proto: imports itself, by way of c\.proto; put what they need/,
    )
  })
})
