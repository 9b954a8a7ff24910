import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  depends,
  Empty,
  implement,
  isRpcError,
  pipe,
  rpc,
  t,
  type Client,
  type Given,
  type Middleware,
  type RpcError,
  type Taken,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { describe, expectTypeOf, it } from 'vitest'

interface Account {
  readonly name: string
}
const Text = Type.Object({ text: Type.String() })
const User = Type.Object({
  name: Type.String(),
  age: t.Default(Type.Integer(), 0),
  at: t.DateTime(),
  big: Type.Optional(t.BigInt()),
  bytes: t.Bytes(),
})

const auth: Middleware<{ account: Account }> = async (call, next) =>
  next(call.with({ account: { name: 'a' } }))
const audit: Middleware<{}, { account: Account }> = async (call, next) => {
  expectTypeOf(call.context.account).toEqualTypeOf<Account>()
  return next(call)
}

describe('middleware', () => {
  it('widens the context by what it adds', () => {
    rpc.use(auth).unary(Text, Text, (input, ctx) => {
      expectTypeOf(ctx.account).toEqualTypeOf<Account>()
      expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>()
      return input
    })
    rpc.unary(Text, Text, (input, ctx) => {
      // @ts-expect-error nobody added it
      void ctx.account
      return input
    })
  })

  it('that needs what nobody added before is an error', () => {
    rpc.use(auth).use(audit)
    // @ts-expect-error audit needs an account
    rpc.use(audit)
    // @ts-expect-error only the order is wrong
    rpc.use(audit).use(auth)
  })

  it('must add what it says', () => {
    // @ts-expect-error the account is missing
    const lazy: Middleware<{ account: Account }> = async (call, next) => next(call)
    void lazy
  })

  it('cannot hide what every call has', () => {
    const bad: Middleware = async (call, next) => {
      // @ts-expect-error signal is the call's own
      call.with({ signal: 1 })
      return next(call)
    }
    void bad
  })

  it('keeps its types in a pipe, which needs what its parts do not give each other', () => {
    expectTypeOf(pipe(auth, audit)).toEqualTypeOf<Middleware<{ account: Account }>>()
    rpc
      .use(pipe(auth, audit))
      .unary(Text, Text, (input, { account }) => (expectTypeOf(account).toEqualTypeOf<Account>(), input))
    // @ts-expect-error audit stands before auth
    rpc.use(pipe(audit, auth))
  })

  it('of an app may need nothing', () => {
    createApp({ services: {}, use: [auth] })
    // @ts-expect-error nobody adds an account before
    createApp({ services: {}, use: [audit] })
  })
})

describe('dependencies', () => {
  const number = depends(() => 1)
  const text = depends(async () => 'a')
  const list = depends(async function* () {
    yield [true]
  })
  const both = depends({ number, text }, (parts) => {
    expectTypeOf(parts).toEqualTypeOf<{ readonly number: number; readonly text: string }>()
    return parts
  })
  const account = depends((ctx: { account: Account }) => ctx.account)

  it('give what they make', () => {
    rpc.provide({ number, text, list, both }).unary(Text, Text, (input, ctx) => {
      expectTypeOf(ctx.number).toEqualTypeOf<number>()
      expectTypeOf(ctx.text).toEqualTypeOf<string>()
      expectTypeOf(ctx.list).toEqualTypeOf<boolean[]>()
      expectTypeOf(ctx.both.text).toEqualTypeOf<string>()
      return input
    })
  })

  it('that need something of the context want it added before', () => {
    void account
    const ofAccount = depends<string, { account: Account }>((ctx) => ctx.account.name)
    rpc
      .use(auth)
      .provide({ ofAccount })
      .unary(Text, Text, (input, ctx) => (expectTypeOf(ctx.ofAccount).toEqualTypeOf<string>(), input))
    // @ts-expect-error nobody adds an account
    rpc.provide({ ofAccount })
    const deep = depends({ ofAccount }, (parts) => parts.ofAccount.length)
    rpc.use(auth).provide({ deep })
    // @ts-expect-error its part needs an account
    rpc.provide({ deep })
  })

  it('of the app see the app and not a call', () => {
    depends((info) => info.services, { scope: 'app' })
    // @ts-expect-error there is no call
    depends((info) => info.metadata, { scope: 'app' })
  })
})

describe('handlers', () => {
  it('take what is decoded with defaults filled, and give with defaults left out', () => {
    rpc.unary(User, User, (user) => {
      expectTypeOf(user.age).toEqualTypeOf<number>()
      expectTypeOf(user.at).toEqualTypeOf<Date>()
      expectTypeOf(user.big).toEqualTypeOf<bigint | undefined>()
      expectTypeOf(user.bytes).toEqualTypeOf<Uint8Array>()
      return { name: 'a', at: new Date(), bytes: new Uint8Array() }
    })
    // @ts-expect-error at is missing
    rpc.unary(User, User, () => ({ name: 'a', bytes: new Uint8Array() }))
    // @ts-expect-error a date, not its text
    rpc.unary(User, User, () => ({ name: 'a', at: '', bytes: new Uint8Array() }))
  })

  it('have the shape of their kind', () => {
    rpc.clientStream(Text, Text, async (items) => {
      expectTypeOf(items).toEqualTypeOf<AsyncIterable<{ text: string }>>()
      return { text: '' }
    })
    rpc.bidiStream(Text, Text, async function* (items) {
      yield* items
    })
    rpc.serverStream(Text, Text, () => [{ text: 'a' }])
    // @ts-expect-error a stream is due
    rpc.serverStream(Text, Text, () => ({ text: 'a' }))
    // @ts-expect-error one message is due
    rpc.unary(Text, Text, async function* () {
      yield { text: 'a' }
    })
  })

  it('throw the errors that their method or builder declares', () => {
    const errors = {
      GONE: { code: 'NOT_FOUND', details: Type.Object({ id: Type.Integer() }) },
      BUSY: { code: 'ABORTED' },
    } as const
    rpc.errors({ LATE: { code: 'ABORTED' } }).unary(
      Empty,
      Empty,
      (_, ctx) => {
        expectTypeOf(ctx.errors.GONE({ id: 1 })).toEqualTypeOf<RpcError>()
        ctx.errors.BUSY()
        ctx.errors.LATE('with a message')
        // @ts-expect-error details are due
        ctx.errors.GONE()
        // @ts-expect-error id is a number
        ctx.errors.GONE({ id: 'a' })
        // @ts-expect-error not declared
        ctx.errors.OTHER()
        return {}
      },
      { errors },
    )
    // @ts-expect-error no code of ours
    rpc.unary(Empty, Empty, () => ({}), { errors: { A: { code: 'TEAPOT' } } })
  })
})

const shop = defineService({
  buy: rpc.unary(Text, Empty, {
    errors: { OUT: { code: 'ABORTED', details: Type.Object({ left: Type.Integer(), at: t.DateTime() }) } },
  }),
  list: rpc.serverStream(Empty, User),
  add: rpc.clientStream(User, Empty),
  chat: rpc.bidiStream(Text, Text),
  ping: rpc.unary(Empty, Empty),
})

describe('contracts', () => {
  it('want every handler, of the right shape', () => {
    const handlers = {
      buy: () => ({}),
      async *list() {},
      add: async () => ({}),
      async *chat() {},
      ping: () => ({}),
    }
    implement(shop, handlers)
    const { ping: _, ...less } = handlers
    // @ts-expect-error ping is missing
    const missing = () => implement(shop, less)
    // @ts-expect-error buy takes a text
    const wrong = () => implement(shop, { ...handlers, buy: (input: { other: number }) => ({ input }) })
    // @ts-expect-error list gives a stream
    const unstreamed = () => implement(shop, { ...handlers, list: async () => ({}) })
    void [missing, wrong, unstreamed]
    rpc.use(auth).implement(shop, {
      ...handlers,
      buy: (input, ctx) => (expectTypeOf([input.text, ctx.account.name]).toEqualTypeOf<string[]>(), {}),
    })
  })

  it('cannot be served without handlers', () => {
    // @ts-expect-error there are no handlers
    const app = () => createApp({ services: { shop } })
    void app
  })
})

describe('clients', () => {
  const app = createApp({
    services: {
      shop: implement(shop, {
        buy: () => ({}),
        async *list() {},
        add: async () => ({}),
        async *chat() {},
        ping: () => ({}),
      }),
    },
  })
  const wire = createClient<typeof app>(memory())
  const decoded = createClient({ shop }, memory())
  const local = createClient(app)

  it('see dates as values from a contract or an app, as text from a type alone', () => {
    type Item<T> = T extends AsyncIterable<infer I> ? I : never
    expectTypeOf<Item<ReturnType<typeof decoded.shop.list>>>().toEqualTypeOf<{
      name: string
      age: number
      at: Date
      big?: bigint
      bytes: Uint8Array
    }>()
    expectTypeOf<Item<ReturnType<typeof wire.shop.list>>>().toEqualTypeOf<{
      name: string
      age: number
      at: string
      big?: string
      bytes: string
    }>()
    expectTypeOf(local.shop.list).toEqualTypeOf(decoded.shop.list)
    expectTypeOf(wire).toEqualTypeOf<Client<typeof app>>()
  })

  it('take what their method takes: a message, nothing where it may be empty, a stream', () => {
    const calls = (client: typeof decoded): void => {
      void client.shop.buy({ text: 'a' })
      void client.shop.ping()
      void client.shop.ping(undefined, { timeoutMs: 1 })
      void client.shop.add([{ name: 'a', at: new Date(), bytes: new Uint8Array() }])
      void client.shop.add().send({ name: 'a', age: 1, at: new Date(), bytes: new Uint8Array() })
      void client.shop.chat().next()
      // @ts-expect-error text is due
      void client.shop.buy()
      // @ts-expect-error text is a string
      void client.shop.buy({ text: 1 })
      // @ts-expect-error options are always second
      void client.shop.buy({ timeoutMs: 1 })
      // @ts-expect-error a stream is no message
      void client.shop.add({ name: 'a' })
      // @ts-expect-error no such method
      void client.shop.nothing()
      // @ts-expect-error a unary call sends nothing more
      void client.shop.ping().send({})
      // @ts-expect-error a stream is iterated
      void client.shop.list().then
    }
    void calls
  })

  it('leave out what has a default, and always find it', () => {
    expectTypeOf<Given<typeof User>>().toEqualTypeOf<{
      name: string
      age?: number
      at: Date
      big?: bigint
      bytes: Uint8Array
    }>()
    expectTypeOf<Taken<typeof User>>().toEqualTypeOf<{
      name: string
      age: number
      at: Date
      big?: bigint
      bytes: Uint8Array
    }>()
  })

  it('narrow declared errors by their reason, with details as JSON carries them', () => {
    const error: unknown = undefined
    if (isRpcError(error, 'OUT', wire.shop.buy)) {
      expectTypeOf(error.details).toEqualTypeOf<{ left: number; at: string }>()
      expectTypeOf(error.reason).toEqualTypeOf<'OUT'>()
    }
    // @ts-expect-error not declared
    isRpcError(error, 'OTHER', wire.shop.buy)
  })

  it('know recursive schemas and defaults of dates to their depth', () => {
    const Tree = Type.Recursive((Self) =>
      Type.Object({ at: t.Default(t.DateTime(), new Date()), children: Type.Array(Self) }),
    )
    type T = Taken<typeof Tree>
    expectTypeOf<T['children'][number]['children'][number]['at']>().toEqualTypeOf<Date>()
    expectTypeOf<Given<typeof Tree, 'wire'>['children'][number]['at']>().toEqualTypeOf<string | undefined>()
  })
})

describe('events', () => {
  const contract = { orders: defineService({ placed: rpc.event(User), rang: rpc.event(Empty) }) }
  const app = createApp({
    services: {
      orders: rpc.use(auth).implement(contract.orders, {
        placed: (user, ctx) => {
          expectTypeOf(user.at).toEqualTypeOf<Date>()
          expectTypeOf(user.age).toEqualTypeOf<number>()
          expectTypeOf(ctx.account).toEqualTypeOf<Account>()
        },
        rang: async () => {},
      }),
    },
  })

  it('are published with their payload, and nothing comes back', () => {
    const inProcess = createClient(app)
    const typed = createClient<typeof app>(memory())
    const user = { name: 'a', bytes: new Uint8Array() }
    expectTypeOf(() => inProcess.orders.placed.publish({ ...user, at: new Date(0) })).returns.toEqualTypeOf<
      Promise<void>
    >()
    expectTypeOf(() => inProcess.orders.rang.publish()).returns.toEqualTypeOf<Promise<void>>()
    const wire = { name: 'a', bytes: '', at: '1970-01-01T00:00:00Z' }
    expectTypeOf(() => typed.orders.placed.publish(wire, { timeoutMs: 5 })).returns.toEqualTypeOf<
      Promise<void>
    >()
    // @ts-expect-error -- the payload is missing
    void (() => inProcess.orders.placed.publish())
    // @ts-expect-error -- a date is text to a client made from a type alone
    void (() => typed.orders.placed.publish({ ...wire, at: new Date(0) }))
    // @ts-expect-error -- it is published, not called
    void (() => inProcess.orders.placed({ ...user, at: new Date(0) }))
  })

  it('are handled by what gives nothing', () => {
    // @ts-expect-error -- an event has one schema, of its payload
    void (() => rpc.event(User, Text, () => {}))
    expectTypeOf(rpc.event(User, () => {}).kind).toEqualTypeOf<'event'>()
  })
})
