/** An app that a generated Python package calls. */
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, rpc, RpcError, t } from 'microapi-ts'

const Item = Type.Object(
  {
    id: Type.Integer({ description: 'Its number.' }),
    kind: Type.Union([Type.Literal('book'), Type.Literal('film')]),
    cents: t.Default(t.BigInt(), 7n),
    since: Type.Optional(t.DateTime()),
    cover: Type.Optional(t.Bytes()),
    tags: t.Default(Type.Array(Type.String()), ['new']),
    soldTo: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    class: Type.Optional(Type.String()),
    list: Type.Optional(Type.Array(Type.Integer())),
  },
  { $id: 'Item', description: 'A "thing" in \\ the """shop""".' },
)
const Circle = Type.Object({ shape: Type.Literal('circle'), radius: Type.Number() }, { $id: 'Circle' })
const Square = Type.Object({ shape: Type.Literal('square'), side: Type.Number() }, { $id: 'Square' })
const Shape = Type.Union([Circle, Square], { $id: 'Shape' })
const Tree = Type.Recursive((Self) => Type.Object({ label: Type.String(), children: Type.Array(Self) }), {
  $id: 'Tree',
})
const Number = Type.Object({ n: Type.Integer() }, { $id: 'Number' })

const errors = {
  GONE: { code: 'NOT_FOUND', details: Type.Object({ id: Type.Integer(), since: t.DateTime() }) },
} as const

/** What became of streams: how many of their handlers run, and how many have run. */
export const watched = { running: 0, left: 0 }

export const app = createApp({
  services: {
    shop: defineService({
      getItem: rpc.errors(errors).unary(
        Type.Object({ id: Type.Integer() }),
        Item,
        ({ id }, ctx) => {
          if (id > 9) throw ctx.errors.GONE({ id, since: new Date(5) })
          ctx.header.set('x-who', ctx.metadata.get('who') ?? 'nobody')
          ctx.trailer.set('x-token', ctx.metadata.get('authorization') ?? 'none')
          const since = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 67))
          return {
            id,
            kind: 'book' as const,
            cents: 2n ** 60n,
            since,
            cover: new Uint8Array([0, 255]),
            soldTo: null,
          }
        },
        { summary: 'Finds an item', description: 'By its number.', idempotent: true, timeoutMs: 20_000 },
      ),
      echo: rpc.unary(Item, Item, (item) => item),
      list: rpc
        .errors(errors)
        .serverStream(Type.Object({ to: t.Default(Type.Integer(), 2) }), Item, async function* ({ to }, ctx) {
          ctx.header.set('x-first', 'yes')
          ctx.trailer.set('x-last', 'yes')
          watched.running++
          try {
            for (let id = 0; id < to; id++) yield { id, kind: 'film' as const }
            if (to === 3) throw ctx.errors.GONE({ id: 3, since: new Date(0) })
          } finally {
            watched.left++
          }
        }),
      count: rpc.clientStream(Number, Number, async (items) => {
        let n = 0
        for await (const item of items) {
          if (item.n < 0) throw new RpcError('OUT_OF_RANGE', 'below zero')
          n += item.n
        }
        return { n }
      }),
      double: rpc.bidiStream(Number, Number, async function* (items) {
        for await (const { n } of items) yield { n: n * 2 }
      }),
      measure: rpc.unary(Shape, Type.Object({ size: Type.Number() }), (shape) => ({
        size: shape.shape === 'circle' ? shape.radius : shape.side ** 2,
      })),
      flip: rpc.unary(Tree, Tree, ({ label, children }) => ({ label, children: children.toReversed() })),
      ages: rpc.unary(
        Type.Record(Type.String(), Type.Integer()),
        Type.Record(Type.String(), Type.Integer()),
        (ages) => ages,
      ),
      wait: rpc.unary(
        Empty,
        Empty,
        (_, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          ),
      ),
      nothing: rpc.unary(Empty, Empty, () => ({})),
      sold: rpc.event(Item, ({ id }) => {
        if (id < 0) throw new RpcError('INVALID_ARGUMENT', 'no such item')
      }),
    }),
    // A module of the package has this name.
    types: defineService({ class: rpc.unary(Empty, Number, () => ({ n: 1 })) }),
  },
})
