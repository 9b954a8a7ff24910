import { Type } from '@sinclair/typebox'
import { rpc } from '../../core/builder.ts'
import { t } from '../../core/schema/t.ts'
import { defineService } from '../../core/service.ts'

/** What a handler is to do, whichever method it is of. */
const Job = Type.Object({
  /** What it is noted under. */
  key: Type.String({ minLength: 1 }),
  /** How it fails, or that it waits for the gate. */
  how: Type.Optional(
    Type.Union([
      Type.Literal('broken'),
      Type.Literal('refused'),
      Type.Literal('passing'),
      Type.Literal('final'),
      Type.Literal('held'),
    ]),
  ),
  /** How often it fails; for ever where that is left out. */
  times: Type.Optional(Type.Integer()),
  /** The server where it fails; all of them where that is left out. */
  at: Type.Optional(Type.String()),
  when: Type.Optional(t.DateTime()),
  bytes: Type.Optional(t.Bytes()),
})
const Done = Type.Object({ server: Type.String(), count: Type.Integer() })
const Item = Type.Object({ value: Type.Integer() })

const backoff = { initialMs: 20, maxMs: 100 }
const thrice = { attempts: 3, backoff }

/** What the cases for brokers call and publish. */
export const brokerContract = {
  orders: defineService({
    placed: rpc.event(Job, { retry: thrice }),
    copied: rpc.event(Job, { retry: thrice, fanout: true }),
    /** Tried once. */
    urgent: rpc.event(Job, { retry: { attempts: 1 } }),
    fleeting: rpc.event(Job, { retry: thrice, deadLetter: false }),
  }),
  work: defineService({
    plain: rpc.unary(Job, Done),
    tried: rpc.unary(Job, Done, { retry: thrice }),
    kept: rpc.unary(Job, Done, { retry: thrice, deadLetter: true }),
    /** Its pause is longer than any deadline here. */
    patient: rpc.unary(Job, Done, { retry: { attempts: 3, backoff: { initialMs: 60_000 } } }),
  }),
  streams: defineService({
    count: rpc.serverStream(Item, Item),
    sum: rpc.clientStream(Item, Item),
    double: rpc.bidiStream(Item, Item),
  }),
} as const
