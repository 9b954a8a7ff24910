import { setImmediate } from 'node:timers/promises'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc, RpcError, serve, type Server } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { describeInChromium, openPage } from '../browser-chromium.ts'
import { hardToRead } from './hard-to-read.ts'

const hostile = '<img src=x onerror="globalThis.hacked = true">'
const N = Type.Object({ n: Type.Integer({ minimum: 1, description: 'A *number*.' }) })
const Said = Type.Object({ said: Type.String() })
let endings = 0
/** Of what needs no time by itself. */
const patience = { timeout: 20_000 }

const app = createApp({
  services: {
    demo: defineService({
      double: rpc.unary(N, N, ({ n }) => ({ n: 2 * n }), {
        summary: hostile,
        description: hostile,
        deprecated: true,
      }),
      count: rpc.serverStream(N, N, function* ({ n }, ctx) {
        ctx.header.set('greeting', ctx.metadata.get('name') ?? 'nobody')
        ctx.trailer.set('cost', '3')
        for (let i = 1; i <= n; i++) yield { n: i }
      }),
      fail: rpc.serverStream(N, Said, function* () {
        yield { said: hostile }
        throw new RpcError('OUT_OF_RANGE', hostile)
      }),
      endless: rpc.serverStream(N, N, async function* () {
        try {
          for (let n = 1; ; n++) {
            await setImmediate()
            yield { n }
          }
        } finally {
          endings++
        }
      }),
      sum: rpc.clientStream(N, N, async (numbers) => {
        let sum = 0
        for await (const { n } of numbers) sum += n
        return { n: sum }
      }),
      double_all: rpc.bidiStream(
        N,
        N,
        async function* (numbers) {
          for await (const { n } of numbers) yield { n: 2 * n }
        },
        { summary: hostile, description: hostile },
      ),
    }),
  },
})

describeInChromium('the pages in Chromium', () => {
  let server: Server
  let url: string
  let page: Page
  /** What went elsewhere, or was refused by the policy. */
  const wrongs: string[] = []
  beforeAll(async () => {
    server = await serve(app, http({ port: 0, prefix: '/api', upgrade: ws(), docs: { title: hostile } }), {
      signals: false,
    })
    url = server.urls[0]!
    page = await openPage('about:blank')
    await page.setViewportSize({ width: 390, height: 844 })
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) wrongs.push(request.url())
    })
    page.on('console', (message) => {
      // Of the handlers in hostile text it is to be heard that they did not run.
      if (/Content Security Policy/.test(message.text()) && !/inline event handler/.test(message.text()))
        wrongs.push(message.text())
    })
    page.on('pageerror', (error) => wrongs.push(String(error)))
  }, 60_000)
  beforeEach(() => void wrongs.splice(0))
  afterAll(() => server.close())

  const text = (selector: string): Promise<string> => page.locator(selector).innerText()
  const says = (pattern: RegExp): Promise<unknown> =>
    vi.waitFor(async () => expect(await text('#status')).toMatch(pattern), patience)

  /** Colours may take their time to change. */
  const isReadable = (): Promise<void> =>
    vi.waitFor(async () => {
      expect(await page.evaluate(hardToRead)).toEqual({ sideways: 0, small: [], pale: [] })
    }, patience)

  it('the viewer can be read on a phone, in the light and in the dark, and asks nobody else', async () => {
    await page.goto(`${url}/docs`)
    const double = page.locator('.opblock').first()
    await double.locator('.opblock-summary-control').click()
    await page.locator('.models-control').click()
    await double.locator('.try-out__btn').click()
    await double.locator('textarea').fill('{"n": 21}')
    await double.locator('.execute').click()
    await vi.waitFor(async () => expect(await double.innerText()).toMatch(/"n": 42/), patience)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const isDark = (): Promise<unknown> => page.evaluate(`document.documentElement.matches('.dark-mode')`)
      await vi.waitFor(async () => expect(await isDark()).toBe(colorScheme === 'dark'), patience)
      await isReadable()
    }
    const run = '[globalThis.hacked, document.querySelectorAll("[onerror]").length]'
    expect(await page.evaluate(run)).toEqual([undefined, 0])
    expect(await page.title()).toBe(hostile)
    expect(wrongs).toEqual([])
  }, 60_000)

  const open = async (method: string, over: 'http' | 'ws'): Promise<void> => {
    await page.goto(`${url}/docs/streams`)
    await page.getByLabel('Method').selectOption(`demo.${method}`)
    await page.getByLabel(over === 'ws' ? 'WebSocket' : 'HTTP').check()
  }

  it.each(['http', 'ws'] as const)(
    'streams come, fail and are cancelled, over %s',
    async (over) => {
      await open('count', over)
      expect(await page.getByLabel('Message').inputValue()).toBe('{\n  "n": 1\n}')
      await page.getByLabel('Message').fill('{"n": 2500}')
      await page.locator('summary').click()
      await page.getByLabel('key: value').fill('name: Zoe')
      await page.getByRole('button', { name: 'Start' }).click()
      await says(/^Ended: OK, 2500 answers\.$/)
      expect(await text('#count')).toBe('2500')
      const lines = (await text('#items')).split('\n')
      expect([lines.length, lines[0], lines.at(-1)]).toEqual([2_000, '{"n":501}', '{"n":2500}'])
      expect(await text('#dropped')).toBe('The last 2000 are shown.')
      const outcome = await text('#outcome')
      expect(outcome).toContain('"greeting": "Zoe"')
      expect(outcome).toContain('"cost": "3"')

      await open('fail', over)
      await page.getByRole('button', { name: 'Start' }).click()
      await says(/^Failed with OUT_OF_RANGE after 1 answer: <img/)
      expect(await text('#items')).toBe(JSON.stringify({ said: hostile }))

      await open('endless', over)
      const before = endings
      await page.getByRole('button', { name: 'Start' }).click()
      await vi.waitFor(async () => expect(Number(await text('#count'))).toBeGreaterThan(100), patience)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await says(/^Cancelled after \d+ answers\.$/)
      await vi.waitFor(() => expect(endings).toBe(before + 1), patience)
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
      expect(wrongs).toEqual([])
    },
    60_000,
  )

  it('messages go whole over HTTP, and one after the other over WebSocket', async () => {
    await open('sum', 'http')
    await page.getByLabel('Messages').fill('{"n":1}\n{"n":2}')
    await page.getByRole('button', { name: 'Start' }).click()
    await says(/^Ended: OK, 1 answer\.$/)
    expect(await text('#items')).toBe('{"n":3}')

    await open('double_all', 'ws')
    expect(await text('#about')).toContain(hostile)
    await page.getByRole('button', { name: 'Start' }).click()
    await says(/^Open: /)
    await vi.waitFor(async () => expect(await text('#items')).toBe('{"n":2}'), patience)
    await page.getByLabel('Messages').fill('[{"n": 5}, {"n": 6}]')
    await page.getByRole('button', { name: 'Send more' }).click()
    await vi.waitFor(async () => expect(await text('#items')).toBe('{"n":2}\n{"n":10}\n{"n":12}'), patience)
    await page.getByRole('button', { name: 'End the messages' }).click()
    await says(/^Ended: OK, 3 answers\.$/)
    expect(wrongs).toEqual([])
  }, 60_000)

  it('mistakes are told, and what cannot be reached', async () => {
    await open('count', 'http')
    await page.getByLabel('Message').fill('{"n"')
    // By the keyboard.
    await page.getByRole('button', { name: 'Start' }).press('Enter')
    await says(/^The message is no JSON: /)
    await page.getByLabel('Message').fill('{"n": 0}')
    await page.getByRole('button', { name: 'Start' }).press('Enter')
    await says(/^Failed with INVALID_ARGUMENT after 0 answers: input\/n must be >= 1/)
    await page.getByLabel('WebSocket').check()
    await page.getByLabel('Address').fill(url.replace(/^http:..127.0.0.1:\d+/, 'ws://127.0.0.1:1'))
    await page.getByRole('button', { name: 'Start' }).press('Enter')
    await says(/^There is no connection: /)
  }, 60_000)

  it('the page of streams can be read on a phone, in the light and in the dark', async () => {
    await open('fail', 'ws')
    await page.getByRole('button', { name: 'Start' }).click()
    await says(/^Failed with/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await isReadable()
    }
  }, 60_000)

  it('a description with hostile names does nothing', async () => {
    const post = {
      operationId: `${hostile}.${hostile}`,
      tags: [hostile],
      summary: hostile,
      'x-microapi-kind': 'serverStream',
      requestBody: { content: { 'application/json': { schema: { const: { text: hostile } } } } },
    }
    const document = { paths: { [`/${hostile}`]: { post } }, components: { schemas: {} } }
    await page.route('**/openapi.json', (route) => route.fulfill({ json: document }))
    await page.goto(`${url}/docs/streams`)
    await page.getByRole('button', { name: 'Start' }).click()
    await says(/^Failed with UNIMPLEMENTED/)
    expect(await page.evaluate('[globalThis.hacked, document.images.length]')).toEqual([undefined, 0])
    await page.unroute('**/openapi.json')
  }, 60_000)
})
