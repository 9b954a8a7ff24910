/** An app with everything that a document might stumble over. Each method answers with its input, where it has a type for it. */
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, field, rpc, t } from 'microapi-ts'

const Address = Type.Object(
  { street: Type.String(), zip: Type.String({ pattern: '^\\d{5}$' }) },
  { $id: 'Address' },
)
const Circle = Type.Object(
  { shape: Type.Literal('circle'), radius: t.Default(Type.Number(), 1) },
  { $id: 'Circle' },
)
const Square = Type.Object({ shape: Type.Literal('square'), side: Type.Number() }, { $id: 'Square' })
const Shape = Type.Union([Circle, Square], { $id: 'Shape', description: 'Round, or not.' })

/** These hold each other. */
const Files = Type.Module({
  Folder: Type.Object({ name: Type.String(), files: Type.Array(Type.Ref('File')) }),
  File: Type.Object({ name: Type.String(), within: Type.Optional(Type.Ref('Folder')) }),
})
const Folder = Files.Import('Folder')
/** It has no name, and neither has what stands around it. */
const Tree = Type.Recursive((Self) =>
  Type.Object({ label: t.Default(Type.String(), 'leaf'), children: Type.Array(Self) }),
)

const Everything = Type.Object(
  {
    home: Address,
    work: Type.Optional(field(7, Address, { description: 'Where to find them by day.', deprecated: true })),
    moved_to: t.Default(Address, { street: 'Main St', zip: '12345' }),
    shape: Shape,
    when: t.DateTime(),
    big: t.Default(t.BigInt(), 5n),
    bytes: t.Bytes(),
    pair: Type.Tuple([Type.String(), Type.Integer({ minimum: 0 })]),
    nothing: Type.Tuple([]),
    color: Type.Union([Type.Literal('red'), Type.Literal('green'), Type.Literal(3)]),
    always: Type.Literal('always', { title: 'It is' }),
    maybe: Type.Union([Type.String({ format: 'email' }), Type.Null()]),
    ages: Type.Record(Type.String(), Type.Integer()),
    by_number: Type.Record(Type.Integer(), Type.Boolean()),
    route: Type.TemplateLiteral('/users/${number}'),
    anything: Type.Unknown({ description: 'Whatever it is.' }),
    not_this: Type.Optional(Type.Not(Type.String())),
    'a key/with ~ and "': Type.Optional(Type.String({ examples: ['x'], sensitive: true, proto: 'string' })),
    tree: Tree,
    closed: Type.Object({ a: Type.Optional(Type.Integer()) }, { additionalProperties: false }),
    open: Type.Object({}, { additionalProperties: Type.Number() }),
    few: Type.Array(Type.Integer(), { minItems: 1, maxItems: 3, uniqueItems: true }),
  },
  { $id: 'https://acme.example/schemas/Everything' },
)

const errors = {
  OUT_OF_STOCK: {
    code: 'FAILED_PRECONDITION',
    message: 'nothing left',
    details: Type.Object({ left: Type.Integer(), until: Type.Optional(t.DateTime()), at: Address }),
  },
  NO_SUCH_ITEM: { code: 'NOT_FOUND', details: Address },
  BusyError: { code: 'RESOURCE_EXHAUSTED', retryable: true },
} as const

const values = defineService({
  everything: rpc.unary(Everything, Everything, (value) => value as never, {
    summary: 'Gives back what it was given',
    description: 'Every kind of value, `as it is`.\n\n* a list\n* of things',
    idempotent: true,
  }),
  folder: rpc.unary(Folder, Folder, (value) => value as never),
  tree: rpc.unary(Tree, Tree, (value) => value as never),
  shape: rpc.unary(Shape, Shape, (value) => value, { deprecated: true }),
  both: rpc.unary(Type.Intersect([Address, Type.Object({ n: Type.Integer() })]), Empty, () => ({})),
  strict: rpc.unary(Type.Object({}, { additionalProperties: false }), Empty, () => ({})),
  nothing: rpc.unary(Empty, Empty, () => ({})),
  optional: rpc.unary(Type.Object({ a: t.Default(Type.Integer(), 1) }), Address, ({ a }) => ({
    street: `${a} Main St`,
    zip: '12345',
  })),
})

/** Called as health checks are, with an Address of its own. */
const health = defineService({
  check: rpc.unary(Type.Object({ planet: Type.String() }, { $id: 'Address' }), Empty, () => ({})),
  again: rpc.unary(Type.Object({ galaxy: Type.String() }, { $id: 'Address' }), Empty, () => ({})),
  // What is ours keeps its name.
  fail: rpc.unary(Empty, Type.Object({ why: Type.String() }, { $id: 'RpcError' }), () => ({ why: '' })),
})

const shop = defineService({
  buy: rpc.errors(errors).unary(
    Type.Object({ how: Type.String() }),
    Empty,
    ({ how }, ctx) => {
      const at = { street: 'Main St', zip: '12345' }
      if (how === 'stock') throw ctx.errors.OUT_OF_STOCK({ left: 1, until: new Date(0), at })
      if (how === 'item') throw ctx.errors.NO_SUCH_ITEM(at)
      if (how === 'busy') throw ctx.errors.BusyError()
      if (how === 'large') throw ctx.errors.TOO_LARGE()
      return {}
    },
    { errors: { TOO_LARGE: { code: 'RESOURCE_EXHAUSTED' } } },
  ),
  list: rpc
    .errors(errors)
    .serverStream(Type.Object({ to: Type.Integer() }), Address, function* ({ to }, ctx) {
      for (let i = 0; i < to; i++) yield { street: `${i}`, zip: '12345' }
      if (to > 2) throw ctx.errors.BusyError()
    }),
  add: rpc.clientStream(Address, Type.Object({ n: Type.Integer() }), async (items) => {
    let n = 0
    for await (const _ of items) n++
    return { n }
  }),
  talk: rpc.bidiStream(Everything, Everything, async function* (items) {
    for await (const item of items) yield item
  }),
  paid: rpc.event(Address, () => {}, { retry: { attempts: 2 }, deadLetter: false, key: ({ zip }) => zip }),
  moved: rpc.event(Empty, () => {}, { fanout: true }),
})

export const torture = createApp({ services: { values, health, shop }, version: '2.5' })

/** A message of type `Everything`, as JSON has it. */
export const everything = {
  home: { street: 'Main St', zip: '12345' },
  shape: { shape: 'square', side: 2 },
  when: '2026-01-02T03:04:05.000Z',
  bytes: 'AAEC',
  pair: ['a', 1],
  nothing: [],
  color: 'green',
  always: 'always',
  maybe: null,
  ages: { Ada: 36 },
  by_number: { 1: true },
  route: '/users/7',
  anything: [1, { a: null }],
  tree: { children: [{ label: 'a', children: [] }] },
  closed: {},
  open: { x: 1.5 },
  few: [1, 2],
}
