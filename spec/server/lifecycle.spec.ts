import {
  createApp,
  createClient,
  defineService,
  depends,
  Empty,
  mergeApps,
  rpc,
  serve,
  type AppOptions,
  type Services,
} from 'microapi-ts'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const events: string[] = []
beforeEach(() => void (events.length = 0))

const note = (event: string) => (): void => void events.push(event)
const pool = depends(
  async function* () {
    events.push('pool open')
    yield 1
    events.push('pool closed')
  },
  { scope: 'app' },
)

const appOf = (name: string, options: Partial<AppOptions<Services>> = {}) =>
  createApp({
    services: {
      [name]: defineService({
        run: rpc.provide({ pool }).unary(Empty, Empty, () => (events.push('handler'), {})),
      }),
    },
    async *lifespan() {
      events.push(`${name} lifespan up`)
      yield
      events.push(`${name} lifespan down`)
    },
    onStartup: [note(`${name} startup 1`), note(`${name} startup 2`)],
    onShutdown: [note(`${name} shutdown 1`), note(`${name} shutdown 2`)],
    log: recordingLog(),
    ...options,
  })

describe('an app', () => {
  it('starts in order and stops in reverse', async () => {
    const server = await serve(appOf('a'), memory(), { signals: false })
    expect(events).toEqual(['pool open', 'a lifespan up', 'a startup 1', 'a startup 2'])
    await server.close()
    expect(events.slice(4)).toEqual(['a shutdown 2', 'a shutdown 1', 'a lifespan down', 'pool closed'])
    await server.closed
  })

  it('whose start fails stops what had started, and serve rejects with the cause', async () => {
    const app = appOf('a', {
      onStartup: [note('first'), () => Promise.reject(new Error('no luck')), note('never')],
    })
    await expect(serve(app, memory(), { signals: false })).rejects.toThrow('no luck')
    expect(events).toEqual([
      'pool open',
      'a lifespan up',
      'first',
      'a shutdown 2',
      'a shutdown 1',
      'a lifespan down',
      'pool closed',
    ])
  })

  it('can be started again after it failed, and after it stopped', async () => {
    let lucky = false
    const app = appOf('a', { onStartup: () => (lucky ? undefined : Promise.reject(new Error('no luck'))) })
    await expect(serve(app, memory(), { signals: false })).rejects.toThrow('no luck')
    lucky = true
    for (let i = 0; i < 2; i++) {
      events.length = 0
      await (await serve(app, memory(), { signals: false })).close()
      expect(events).toEqual([
        'pool open',
        'a lifespan up',
        'a shutdown 2',
        'a shutdown 1',
        'a lifespan down',
        'pool closed',
      ])
    }
  })

  it('that one transport of several cannot serve is stopped, and the others are closed', async () => {
    const closed: string[] = []
    const good = {
      ...memory(),
      serve: async () => ({ url: 'x:', stop() {}, close: async () => void closed.push('good') }),
    }
    const bad = { ...memory(), serve: () => Promise.reject(new Error('port taken')) }
    await expect(serve(appOf('a'), [good, bad], { signals: false })).rejects.toThrow('port taken')
    expect(closed).toEqual(['good'])
    expect(events.at(-1)).toBe('pool closed')
  })

  it('goes on stopping where one hook fails, and says so in the log', async () => {
    const log = recordingLog()
    const app = appOf('a', {
      log,
      onShutdown: [note('last'), () => Promise.reject(new Error('cannot stop'))],
    })
    await (await serve(app, memory(), { signals: false })).close()
    expect(events.slice(-3)).toEqual(['last', 'a lifespan down', 'pool closed'])
    expect(log.lines).toMatchObject([
      { level: 'error', message: 'shutdown failed', details: { error: { message: 'cannot stop' } } },
    ])
  })

  it('merged from several starts them in order and stops them in reverse', async () => {
    const server = await serve(mergeApps(appOf('a'), appOf('b')), memory(), { signals: false })
    await server.close()
    expect(events.filter((event) => event.includes('lifespan'))).toEqual([
      'a lifespan up',
      'b lifespan up',
      'b lifespan down',
      'a lifespan down',
    ])
    expect(events.filter((event) => event.includes('pool'))).toEqual(['pool open', 'pool closed'])
  })

  it('called in process starts at the first call and stops when its client closes', async () => {
    const client = createClient(appOf('a'))
    expect(events).toEqual([])
    await Promise.all([client['a']!.run(undefined as never), client['a']!.run(undefined as never)])
    expect(events.filter((event) => event === 'pool open')).toHaveLength(1)
    await client.close()
    expect(events.at(-1)).toBe('pool closed')
  })

  it('tells its hooks its version and its services', async () => {
    const seen: unknown[] = []
    const app = appOf('a', { version: 3, onStartup: (info) => void seen.push(info) })
    await (await serve(app, memory(), { signals: false })).close()
    expect(seen).toEqual([{ version: 3, services: ['a'] }])
  })
})

describe('serve', () => {
  it('wants at least one transport, and names the schemes that it knows', async () => {
    await expect(serve(appOf('a'), [])).rejects.toThrow('name at least one transport')
    await expect(serve(appOf('a'), 'gopher://:70')).rejects.toThrow(
      /no transport for .*gopher:.*; known are http.*https/,
    )
  })

  it('serves one app over several transports, and closing twice is closing once', async () => {
    const [left, right] = [memory(), memory()]
    const app = appOf('a')
    const server = await serve(app, [left, right], { signals: false })
    for (const link of [left, right]) {
      const client = createClient<typeof app>(link)
      await client['a']!.run(undefined)
      await client.close()
    }
    expect(server.close()).toBe(server.close())
    await server.closed
    expect(events.filter((event) => event === 'handler')).toHaveLength(2)
  })

  it('is ready until it begins to close', async () => {
    let ready: (() => boolean) | undefined
    const watching = {
      ...memory(),
      serve: async (_: unknown, description?: { ready(): boolean }) => {
        ready = description!.ready.bind(description)
        return { url: 'x:', stop() {}, close: async () => {} }
      },
    }
    const server = await serve(appOf('a'), watching, { signals: false })
    expect(ready!()).toBe(true)
    await server.close()
    expect(ready!()).toBe(false)
  })
})
