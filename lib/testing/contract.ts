import type { Client } from '../client/signature.ts'
import { Type } from '@sinclair/typebox'
import { rpc } from '../core/builder.ts'
import { Empty, t } from '../core/schema/t.ts'
import { defineService } from '../core/service.ts'

// Larger than an int64, which is what protobuf makes of a bigint unless told otherwise.
const Large = t.BigInt({ proto: 'string' })
/** A bigint as it is by default. */
const Int64 = Type.Object({ value: t.BigInt(), values: Type.Array(t.BigInt()) })
const Special = Type.Object({ when: t.DateTime(), big: Large, bytes: t.Bytes() })

/** Every kind of field. */
const Everything = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 100 }),
  mail: Type.String({ format: 'email' }),
  code: Type.String({ pattern: '^[A-Z]{2}$' }),
  whole: Type.Integer({ minimum: 0, maximum: 1_000 }),
  real: Type.Number(),
  flag: Type.Boolean(),
  choice: Type.Union([Type.Literal('red'), Type.Literal('green')]),
  list: Type.Array(Type.Integer(), { maxItems: 3 }),
  pair: Type.Tuple([Type.String(), Type.Integer()]),
  nested: Type.Object({ deep: Type.Object({ name: Type.String() }) }),
  map: Type.Record(Type.String(), Type.Integer()),
  when: t.DateTime(),
  big: t.BigInt(),
  bytes: t.Bytes(),
  maybe: Type.Optional(Type.String()),
})

const Circle = Type.Object({ shape: Type.Literal('circle'), radius: t.Default(Type.Number(), 1) })
const Square = Type.Object({
  shape: Type.Literal('square'),
  side: Type.Number(),
  tags: t.Default(Type.Array(Type.String()), []),
})
const Person = Type.Object({ name: Type.String(), since: t.DateTime() })
const Robot = Type.Object({ serial: Type.Integer(), made: t.DateTime() })

const Tree = Type.Recursive(
  (Self) =>
    Type.Object({
      label: t.Default(Type.String(), 'leaf'),
      at: Type.Optional(t.DateTime()),
      children: Type.Array(Self),
    }),
  { $id: 'Tree' },
)

const Defaults = Type.Object({
  size: t.Default(Type.Integer(), 10),
  label: t.Default(Type.String(), 'none'),
  flags: t.Default(Type.Array(Type.String()), ['a']),
  from: t.Default(t.DateTime(), new Date(0)),
  inner: Type.Object({ depth: t.Default(Type.Integer(), 3) }),
  each: Type.Array(Type.Object({ weight: t.Default(Type.Number(), 0.5) })),
})

/** Dates, bigints and bytes wherever a schema can have them. */
const Positions = Type.Object({
  plain: Special,
  optional: Type.Optional(t.DateTime()),
  list: Type.Array(Large),
  objects: Type.Array(Special),
  map: Type.Record(Type.String(), t.Bytes()),
  maps: Type.Record(Type.String(), Special),
  pair: Type.Tuple([t.DateTime(), Large]),
  either: Type.Union([
    Type.Object({ kind: Type.Literal('date'), at: t.DateTime() }),
    Type.Object({ kind: Type.Literal('blob'), at: t.Bytes() }),
  ]),
  both: Type.Intersect([Type.Object({ when: t.DateTime() }), Type.Object({ big: Large })]),
})

const Item = Type.Object({ value: Type.Integer() })
const Text = Type.Object({ text: Type.String() })
const Blob = Type.Object({ data: Type.String() })
const Pairs = Type.Record(Type.String(), Type.String())

const code = Type.String({ pattern: '^[A-Z_]+$' })
const declared = {
  OUT_OF_STOCK: {
    code: 'FAILED_PRECONDITION',
    message: 'nothing left',
    details: Type.Object({ left: Type.Integer(), until: Type.Optional(t.DateTime()) }),
  },
  BUSY: { code: 'RESOURCE_EXHAUSTED', retryable: true },
} as const

/** What the conformance cases call: methods that answer with what they were given, fail, wait, and stream. */
export const conformanceContract = {
  /** Each answers with its input. */
  values: defineService({
    everything: rpc.unary(Everything, Everything),
    shape: rpc.unary(Type.Union([Circle, Square]), Type.Union([Circle, Square])),
    being: rpc.unary(Type.Union([Person, Robot]), Type.Union([Person, Robot])),
    both: rpc.unary(Type.Intersect([Text, Item]), Type.Intersect([Text, Item])),
    pairs: rpc.unary(Type.Object({ pairs: Pairs }), Type.Object({ pairs: Pairs })),
    nullable: rpc.unary(
      Type.Object({ text: Type.Union([Type.String(), Type.Null()]) }),
      Type.Object({ text: Type.Union([Type.String(), Type.Null()]) }),
    ),
    tree: rpc.unary(Tree, Tree),
    defaults: rpc.unary(Defaults, Defaults),
    positions: rpc.unary(Positions, Positions),
    int64: rpc.unary(Int64, Int64),
    text: rpc.unary(Text, Text),
    strict: rpc.unary(Type.Object({ text: Type.String() }, { additionalProperties: false }), Text),
    open: rpc.unary(
      Type.Object({ text: Type.String() }, { additionalProperties: true }),
      Type.Object({ text: Type.String() }, { additionalProperties: true }),
    ),
    nothing: rpc.unary(Empty, Empty),
  }),
  /** Handlers that give what they should not. */
  answers: defineService({
    bad: rpc.unary(Empty, Item),
    extra: rpc.unary(
      Empty,
      Type.Object({ value: Type.Integer(), inner: Type.Object({ text: Type.String() }) }),
    ),
    bad_item: rpc.serverStream(Empty, Item),
    extra_item: rpc.serverStream(Empty, Item),
  }),
  streams: defineService({
    count: rpc.serverStream(Type.Object({ to: Type.Integer() }), Item),
    special: rpc.bidiStream(Special, Special),
    sum: rpc.clientStream(Item, Type.Object({ count: Type.Integer(), total: Type.Integer() })),
    first: rpc.clientStream(Item, Item),
    echo: rpc.bidiStream(Text, Text),
    after_all: rpc.bidiStream(Item, Item),
    first_two: rpc.bidiStream(Item, Item),
    flood: rpc.serverStream(Type.Object({ items: Type.Integer(), bytes: Type.Integer() }), Blob),
    absorb: rpc.clientStream(Blob, Type.Object({ items: Type.Integer(), bytes: Type.Integer() })),
  }),
  failures: defineService({
    coded: rpc.unary(Type.Object({ code, message: Type.String() }), Empty),
    secret: rpc.unary(Empty, Empty),
    declared: rpc.unary(Type.Object({ left: Type.Integer() }), Empty, { errors: declared }),
    busy: rpc.unary(Empty, Empty, { errors: declared }),
    after: rpc.serverStream(Type.Object({ items: Type.Integer(), how: Type.String() }), Item, {
      errors: declared,
    }),
    reading: rpc.clientStream(Item, Empty),
    answering: rpc.bidiStream(Item, Item),
  }),
  metadata: defineService({
    mirror: rpc.unary(Empty, Type.Object({ seen: Pairs })),
    stream: rpc.serverStream(Type.Object({ items: Type.Integer() }), Item),
    late: rpc.bidiStream(Item, Item),
    failing: rpc.unary(Empty, Empty),
  }),
  life: defineService({
    hold: rpc.unary(Empty, Empty),
    deaf: rpc.unary(Empty, Empty),
    nested: rpc.unary(Empty, Empty),
    stall: rpc.serverStream(Empty, Item),
    endless: rpc.serverStream(Empty, Item),
    read: rpc.clientStream(Item, Item),
    talk: rpc.bidiStream(Item, Item),
    busy: rpc.unary(Empty, Empty),
    clock: rpc.unary(Empty, Type.Object({ left: Type.Optional(Type.Integer()) })),
  }),
  events: defineService({ happened: rpc.event(Text), rang: rpc.event(Empty) }),
  /** Methods with dependencies to be cleaned up. */
  work: defineService({
    once: rpc.unary(Type.Object({ how: Type.String() }), Empty),
    stream: rpc.serverStream(Type.Object({ items: Type.Integer(), how: Type.String() }), Item),
  }),
} as const

/** A client of the conformance app. To one made from a type alone, dates and the like are strings in truth. */
export type ConformanceClient = Client<typeof conformanceContract, 'decoded'>
