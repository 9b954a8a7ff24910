import { Type } from '@sinclair/typebox'
import { Empty, defineService, rpc, t } from 'microapi-ts'

const Circle = Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() })
const Square = Type.Object({ kind: Type.Literal('square'), side: Type.Number() })

/** What protobuf has a type of its own for, and what it has not. */
const Everything = Type.Object(
  {
    text: Type.String(),
    whole: Type.Integer(),
    small: Type.Integer({ proto: 'int32' }),
    real: Type.Number(),
    flag: Type.Boolean(),
    big: t.BigInt(),
    when: t.DateTime(),
    bytes: t.Bytes(),
    colour: Type.Union([Type.Literal('red'), Type.Literal('green')]),
    shape: Type.Union([Circle, Square]),
    counts: Type.Record(Type.String(), Type.Integer()),
    tags: Type.Array(Type.String()),
    shapes: Type.Array(Type.Union([Circle, Square])),
    maybe: Type.Optional(Type.String()),
    anything: Type.Unknown(),
  },
  { $id: 'Everything' },
)
const Text = Type.Object({ text: Type.String() }, { $id: 'Text' })
const Value = Type.Object({ value: Type.Integer() }, { $id: 'Value' })

/** What the specs beside Python's grpcio serve and call. */
export const contract = {
  interop: defineService({
    everything: rpc.unary(Everything, Everything),
    text: rpc.unary(Text, Text),
    count: rpc.serverStream(Type.Object({ to: Type.Integer() }), Value),
    sum: rpc.clientStream(Value, Type.Object({ count: Type.Integer(), total: Type.Integer() })),
    talk: rpc.bidiStream(Text, Text),
    blob: rpc.unary(Type.Object({ size: Type.Integer() }), Type.Object({ data: t.Bytes() })),
    mirror: rpc.unary(Empty, Type.Object({ who: Type.String(), raw: t.Bytes() })),
    fail: rpc.unary(Type.Object({ code: Type.Integer(), message: Type.String() }), Empty),
    fail_after: rpc.serverStream(Type.Object({ items: Type.Integer() }), Value),
    buy: rpc.unary(Type.Object({ left: Type.Integer() }), Empty, {
      errors: {
        OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', details: Type.Object({ left: Type.Integer() }) },
      },
    }),
    hold: rpc.unary(Empty, Empty),
    endless: rpc.serverStream(Empty, Value),
    left: rpc.unary(Empty, Type.Object({ ms: Type.Integer() })),
  }),
}
