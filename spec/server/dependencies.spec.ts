import {
  createApp,
  createClient,
  defineService,
  depends,
  Empty,
  overrideDependencies,
  rpc,
  serve,
  type Dependency,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const events: string[] = []
beforeEach(() => void (events.length = 0))

function part(name: string, scope?: 'app'): Dependency<string> {
  const make = async function* (): AsyncGenerator<string> {
    events.push(`${name} made`)
    const error: unknown = yield name
    events.push(error instanceof Error ? `${name} cleaned after ${error.message}` : `${name} cleaned`)
  }
  return scope === 'app' ? depends(make, { scope: 'app' }) : depends(make)
}

const appOf = (
  table: Record<string, Dependency<unknown>>,
  handler: (ctx: Record<string, unknown>) => void = () => {},
) =>
  createApp({
    services: {
      s: defineService({
        run: rpc.provide(table).unary(Empty, Empty, (_, ctx) => {
          events.push('handler')
          handler(ctx)
          return {}
        }),
      }),
    },
    log: recordingLog(),
  })

describe('dependencies of a call', () => {
  it('may be a value, a promise, a generator or an async generator', async () => {
    const kinds = {
      value: depends(() => 1),
      promise: depends(async () => 2),
      generator: depends(function* () {
        yield 3
      }),
      asyncGenerator: depends(async function* () {
        yield 4
      }),
    }
    let seen: unknown
    await using client = createClient(
      appOf(
        kinds,
        ({ value, promise, generator, asyncGenerator }) =>
          (seen = [value, promise, generator, asyncGenerator]),
      ),
    )
    await client.s.run()
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('are made once for a call, however many are made from them, and anew for the next', async () => {
    let made = 0
    const base = depends(() => ++made)
    const [left, right] = [depends({ base }, (parts) => parts.base), depends({ base }, (parts) => parts.base)]
    const seen: unknown[] = []
    await using client = createClient(
      appOf({ left, right, base }, (ctx) => seen.push([ctx['left'], ctx['right'], ctx['base']])),
    )
    await client.s.run()
    await client.s.run()
    expect(seen).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ])
  })

  it('are shared by all provide() steps of a method', async () => {
    let made = 0
    const base = depends(() => ++made)
    const service = defineService({
      run: rpc
        .provide({ a: base })
        .provide({ b: base })
        .unary(Empty, Empty, (_, { a, b }) => (events.push(`${a} ${b}`), {})),
    })
    await using client = createClient(createApp({ services: { s: service } }))
    await client.s.run()
    expect(events).toEqual(['1 1'])
  })

  it('are cleaned up in reverse, and learn what went wrong', async () => {
    await using client = createClient(
      appOf({ a: part('a'), b: part('b') }, () => {
        throw new Error('boom')
      }),
    )
    await expect(client.s.run()).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(events).toEqual(['a made', 'b made', 'handler', 'b cleaned after boom', 'a cleaned after boom'])
  })

  it('that cannot be made fail the call; those before are cleaned up and the handler does not run', async () => {
    const broken = depends(() => {
      throw new Error('no connection')
    })
    await using client = createClient(appOf({ a: part('a'), broken }))
    await expect(client.s.run()).rejects.toMatchObject({ code: 'INTERNAL', message: 'internal error' })
    expect(events).toEqual(['a made', 'a cleaned after no connection'])
  })

  it('whose clean-up fails let the others be cleaned up, and fail a call that went well', async () => {
    const broken = depends(async function* () {
      yield 1
      throw new Error('cannot close')
    })
    await using client = createClient(appOf({ a: part('a'), broken, b: part('b') }))
    await expect(client.s.run()).rejects.toMatchObject({ code: 'INTERNAL', message: 'internal error' })
    expect(events).toEqual(['a made', 'b made', 'handler', 'b cleaned', expect.stringMatching(/^a cleaned/)])
  })

  it('must yield, and yield once', async () => {
    const log = recordingLog()
    const run = async (dependency: Dependency<unknown>): Promise<unknown> => {
      const app = createApp({
        services: { s: defineService({ run: rpc.provide({ dependency }).unary(Empty, Empty, () => ({})) }) },
        log,
      })
      await using client = createClient(app)
      await client.s.run().catch(() => {})
      return (log.lines.at(-1)!.details as { error: Error }).error.message
    }
    expect(await run(depends(async function* empty() {}))).toContain('ended without a yield')
    expect(
      await run(
        depends(function* two() {
          yield 1
          yield 2
        }),
      ),
    ).toContain('must yield once')
  })
})

describe('dependencies of the app', () => {
  it('are made once before the first call and cleaned up behind the last, in reverse', async () => {
    const pool = part('pool', 'app')
    const cache = depends(
      { pool },
      async function* ({ pool: value }) {
        events.push(`cache on ${value}`)
        yield 'cache'
        events.push('cache cleaned')
      },
      { scope: 'app' },
    )
    {
      await using client = createClient(appOf({ cache, tx: part('tx') }))
      expect(events).toEqual([])
      await client.s.run()
      await client.s.run()
    }
    expect(events).toEqual([
      'pool made',
      'cache on pool',
      'tx made',
      'handler',
      'tx cleaned',
      'tx made',
      'handler',
      'tx cleaned',
      'cache cleaned',
      'pool cleaned',
    ])
  })

  it('are shared by a server and a client in process, and closed by the last of them', async () => {
    const app = appOf({ pool: part('pool', 'app') })
    const server = await serve(app, memory(), { signals: false })
    const client = createClient(app)
    await client.s.run()
    await client.close()
    expect(events).toEqual(['pool made', 'handler'])
    await server.close()
    expect(events).toEqual(['pool made', 'handler', 'pool cleaned'])
  })

  it('that cannot be made keep the app from starting', async () => {
    const broken = depends(() => Promise.reject(new Error('no database')), { scope: 'app' })
    const app = appOf({ a: part('a', 'app'), broken })
    await expect(serve(app, memory(), { signals: false })).rejects.toThrow('no database')
    expect(events).toEqual(['a made', 'a cleaned after no database'])
  })
})

describe('overrideDependencies', () => {
  it('puts a value or another dependency in place, also deep inside, and leaves the app as it was', async () => {
    const pool = part('pool', 'app')
    const repo = depends({ pool }, ({ pool: value }) => `repo on ${value}`)
    let seen: unknown
    const app = appOf({ repo }, (ctx) => (seen = ctx['repo']))
    await using real = createClient(app)
    await using faked = createClient(overrideDependencies(app, [[pool, 'a fake']]))
    await using other = createClient(overrideDependencies(app, [[pool, depends(() => 'another')]]))
    await faked.s.run()
    expect(seen).toBe('repo on a fake')
    await other.s.run()
    expect(seen).toBe('repo on another')
    expect(events).toEqual(['handler', 'handler'])
    await real.s.run()
    expect(seen).toBe('repo on pool')
  })
})
