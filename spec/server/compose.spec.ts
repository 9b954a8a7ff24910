import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  depends,
  Empty,
  implement,
  mergeApps,
  overrideDependencies,
  prefixServices,
  rpc,
  RpcError,
  t,
  type Middleware,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it } from 'vitest'

const Text = Type.Object({ text: Type.String() })
const echo = rpc.unary(Text, Text, (input) => input)
const nothing = rpc.unary(Empty, Empty, () => ({}))
const service = defineService({ echo })

describe('defineService', () => {
  it.each([
    'then',
    'toString',
    'valueOf',
    'toJSON',
    'bind',
    'publish',
    'constructor',
    '__proto__',
    'hasOwnProperty',
  ])('refuses a method called %s and says why', (name) => {
    expect(() => defineService({ [name]: echo })).toThrow(`method name "${name}" is reserved`)
  })

  it.each(['', '1a', 'a-b', 'a b', 'a/b', 'ä'])('refuses the method name %j and says what to use', (name) => {
    expect(() => defineService({ [name]: echo })).toThrow('use letters, digits and "_"')
  })

  it('refuses an input or output that is no object schema, and says to wrap it', () => {
    expect(() => defineService({ a: rpc.unary(Type.String() as never, Text) })).toThrow(
      'input of method "a" is no object schema; wrap it, as in Type.Object({ value: … })',
    )
    expect(() => defineService({ a: rpc.unary(Text, Type.Array(Text) as never) })).toThrow(
      'output of method "a" is no object schema; wrap it',
    )
    expect(() => defineService({ a: rpc.unary(Type.Union([Text, Type.String()]) as never, Text) })).toThrow(
      'input of method "a"',
    )
    expect(() => defineService({ a: rpc.unary({} as never, Text) })).toThrow('input of method "a"')
  })

  it('takes unions and intersections of objects, records and recursive ones', () => {
    const Tree = Type.Recursive((Self) => Type.Object({ all: Type.Array(Self) }), { $id: 'Tree' })
    const all = [
      Type.Union([Text, Empty]),
      Type.Intersect([Text, Empty]),
      Type.Record(Type.String(), Type.String()),
      Tree,
    ]
    for (const schema of all)
      expect(() =>
        createApp({
          services: {
            s: defineService({ a: rpc.unary(schema as never as typeof Text, Text, (input) => input) }),
          },
        }),
      ).not.toThrow()
  })

  it('refuses what is no method, and an unknown code of a declared error', () => {
    expect(() => defineService({ a: (() => {}) as never })).toThrow(
      'method "a" is no method; make it with rpc.unary',
    )
    expect(() =>
      defineService({ a: rpc.unary(Text, Text, { errors: { NO: { code: 'TEAPOT' as never } } }) }),
    ).toThrow('error "NO" of method "a" has the unknown code "TEAPOT"')
  })

  it('joins by spreading', async () => {
    await using client = createClient(
      createApp({ services: { s: defineService({ ...service, ...defineService({ nothing }) }) } }),
    )
    expect(await client.s.echo({ text: 'a' })).toEqual({ text: 'a' })
    expect(await client.s.nothing()).toEqual({})
  })
})

describe('createApp', () => {
  it.each(['then', 'close', 'toJSON', 'constructor', '__proto__'])('refuses a service called %s', (name) => {
    expect(() => createApp({ services: { [name]: service } })).toThrow(`service name "${name}" is reserved`)
  })

  it('refuses a contract without handlers, naming the method', () => {
    const contract = defineService({ echo: rpc.unary(Text, Text) })
    expect(() => createApp({ services: { s: contract as never } })).toThrow(
      's.echo is a contract without a handler; give it one with implement(contract, handlers)',
    )
  })

  it.each([
    ['an unknown format', Type.Object({ mail: Type.String({ format: 'nope' }) }), 'unknown format "nope"'],
    ['a $ref to nothing', Type.Object({ a: Type.Ref('Nobody') }), '$ref "Nobody" points at no schema'],
    ['a broken pattern', Type.Object({ a: Type.String({ pattern: '(' }) }), 'Invalid regular expression'],
    [
      'a default in an untagged union',
      Type.Object({
        a: Type.Union([Type.Object({ x: t.Default(Type.Integer(), 1) }), Type.Object({ y: Type.Integer() })]),
      }),
      'Type.Literal',
    ],
    [
      'a property that every object has',
      Type.Object({ constructor: Type.String() }),
      'property "constructor"',
    ],
  ])('refuses %s when it is composed, naming the method', (_, schema, text) => {
    const broken = defineService({
      broken: rpc.unary(schema as never as typeof Text, Text, (input) => input),
    })
    expect(() => createApp({ services: { s: broken } })).toThrow('s.broken: ')
    expect(() => createApp({ services: { s: broken } })).toThrow(text)
  })

  it('is never called a promise, and cannot be changed', () => {
    const app = createApp({ services: { s: service } })
    expect(Object.isFrozen(app)).toBe(true)
    expect(Object.isFrozen(app.services)).toBe(true)
  })
})

describe('mergeApps', () => {
  it('serves the services of all, each with its own middleware', async () => {
    const mark =
      (name: string): Middleware =>
      async (call, next) => {
        const reply = await next(call)
        reply.trailer.append('by', name)
        return reply
      }
    const app = mergeApps(
      createApp({ services: { a: service }, use: [mark('one')] }),
      createApp({ services: { b: service }, use: [mark('two')] }),
    )
    await using client = createClient(app)
    const [first, second] = [client.a.echo({ text: 'a' }), client.b.echo({ text: 'b' })]
    expect([(await first).text, (await second).text]).toEqual(['a', 'b'])
    expect([(await first.trailer).get('by'), (await second.trailer).get('by')]).toEqual(['one', 'two'])
  })

  it('refuses two services of one name, and says what to do', () => {
    const app = createApp({ services: { a: service } })
    expect(() => mergeApps(app, app)).toThrow(
      'two apps have a service "a"; put prefixServices() around one of them',
    )
    expect(() => mergeApps()).toThrow('at least one app')
  })

  it('goes with a prefix', async () => {
    const app = createApp({ services: { a: service } })
    await using client = createClient(mergeApps(app, prefixServices('v2', app)))
    expect(await client.v2_a.echo({ text: 'a' })).toEqual({ text: 'a' })
    // @ts-expect-error there is no such service
    expect(client.v2_b).toBeUndefined()
  })

  it('refuses what is no app', () => {
    expect(() => mergeApps({} as never)).toThrow('this is no app; make it with createApp()')
  })
})

describe('implement', () => {
  const contract = defineService({ echo: rpc.unary(Text, Text), all: rpc.serverStream(Empty, Text) })

  it('refuses a handler too few and a handler too many', () => {
    expect(() => implement(contract, { echo: (input: unknown) => input } as never)).toThrow(
      'implement: method "all" has no handler',
    )
    expect(() =>
      implement(contract, { echo: (i: unknown) => i, async *all() {}, more: () => {} } as never),
    ).toThrow('implement: the contract has no method "more"')
    expect(() => implement(contract, { echo: (i: unknown) => i, all: 1 } as never)).toThrow(
      'implement: method "all" has no handler',
    )
  })

  it('keeps the middleware of the contract inside that of the builder', async () => {
    const order: string[] = []
    const note =
      (name: string): Middleware =>
      (call, next) => (order.push(name), next(call))
    const inner = defineService({ echo: rpc.use(note('contract')).unary(Text, Text) })
    await using client = createClient(
      createApp({
        services: { s: rpc.use(note('builder')).implement(inner, { echo: (input) => input }) },
        use: [note('app')],
      }),
    )
    await client.s.echo({ text: 'a' })
    expect(order).toEqual(['app', 'builder', 'contract'])
  })
})

describe('middleware', () => {
  const failing = async (use: Middleware): Promise<{ error: RpcError; cause: Error | undefined }> => {
    const log = recordingLog()
    await using client = createClient(createApp({ services: { s: service }, use: [use], log }))
    const error = await client.s.echo({ text: 'a' }).then(
      () => expect.unreachable(),
      (one: unknown) => one as RpcError,
    )
    const { error: cause } = (log.lines[0]?.details ?? {}) as { error?: Error }
    return { error, cause }
  }

  it('that calls next() twice is told so in the log, by its name', async () => {
    const { error, cause } = await failing(async function twice(call, next) {
      await next(call)
      return next(call)
    })
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'internal error' })
    expect(cause?.message).toBe('twice called next() twice; a call can go on only once')
  })

  it('that forgets to return a reply is told so, with the chain that it may be in', async () => {
    const { cause } = await failing(async function forgetful(
      call: unknown,
      next: (call: unknown) => unknown,
    ) {
      await next(call)
    } as never)
    expect(cause?.message).toContain('a middleware gave no reply; each must `return next(call)`')
    expect(cause?.message).toContain('forgetful')
  })

  it('that calls next() without the call is told so', async () => {
    const { cause } = await failing(async function lost(_, next) {
      return (next as () => never)()
    })
    expect(cause?.message).toBe('lost called next() without the call; write next(call)')
  })

  it('may answer by itself, change the input, and see the failure', async () => {
    const seen: string[] = []
    const change: Middleware = async (call, next) => {
      try {
        return await next(call.with({}, { input: { text: `${(call.input as { text: string }).text}!` } }))
      } catch (error) {
        seen.push((error as RpcError).code)
        throw new RpcError('ABORTED', 'changed', { cause: error })
      }
    }
    const shout = defineService({
      echo: rpc.unary(Text, Text, (input) => {
        if (input.text === 'no!') throw new RpcError('NOT_FOUND', 'no')
        return input
      }),
    })
    await using client = createClient(createApp({ services: { s: shout }, use: [change] }))
    expect(await client.s.echo({ text: 'a' })).toEqual({ text: 'a!' })
    await expect(client.s.echo({ text: 'no' })).rejects.toMatchObject({ code: 'ABORTED', message: 'changed' })
    expect(seen).toEqual(['NOT_FOUND'])
  })

  it('may put a stream of its own in place of the output', async () => {
    const double: Middleware = async (call, next) => {
      const reply = await next(call)
      const items = reply.output as AsyncIterable<unknown>
      async function* twice(): AsyncGenerator {
        for await (const item of items) yield* [item, item]
      }
      return { ...reply, output: twice() }
    }
    const all = defineService({
      all: rpc.use(double).serverStream(Empty, Text, async function* () {
        yield { text: 'a' }
        yield { text: 'b' }
      }),
    })
    await using client = createClient(createApp({ services: { s: all } }))
    const seen: string[] = []
    for await (const { text } of client.s.all()) seen.push(text)
    expect(seen).toEqual(['a', 'a', 'b', 'b'])
  })
})

describe('dependencies that cannot be', () => {
  const compose = (part: ReturnType<typeof depends>): unknown =>
    createApp({
      services: { s: defineService({ nothing: rpc.provide({ part }).unary(Empty, Empty, () => ({})) }) },
    })

  it('a cycle is an error that draws it', () => {
    const table: Record<string, ReturnType<typeof depends>> = {}
    const a = depends(table, function a() {})
    const b = depends({ a }, function b() {})
    table['b'] = b
    expect(() => compose(a)).toThrow('s.nothing: dependency cycle: a → b → a; take one of them out')
  })

  it('one of the app cannot be made from one of a call', () => {
    const call = depends(() => 1)
    expect(() => compose(depends({ call }, function pool() {}, { scope: 'app' }))).toThrow(
      'dependency "pool" lives as long as the app but is made from "call", which lives for one call; give "call" the scope "app"',
    )
  })

  it('what depends() did not make is refused, and so is what is no function', () => {
    expect(() => compose({} as never)).toThrow('dependency "part" was not made by depends()')
    expect(() => depends({} as never)).toThrow('depends() takes a function')
    expect(() => overrideDependencies(createApp({ services: {} }), [[{} as never, 1]])).toThrow(
      'what depends() returned',
    )
  })
})

describe('memory()', () => {
  it('serves one server, and says what to do for another', async () => {
    const link = memory()
    await link.serve(async () => expect.unreachable())
    await expect(link.serve(async () => expect.unreachable())).rejects.toThrow('make one for each server')
  })

  it('that nobody serves is UNAVAILABLE', async () => {
    await using client = createClient<{ s: typeof service }>(memory(), { retry: false })
    await expect(client.s.echo({ text: 'a' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
