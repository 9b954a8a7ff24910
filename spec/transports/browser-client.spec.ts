import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { microapi } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Probe } from '../../lib/testing/probe.ts'
import { bundle, describeInChromium, openPage, type Bundle } from './browser-chromium.ts'
import type { tasks } from './browser-client-page.ts'
import { makeApp } from './http/support.ts'

type Tasks = typeof tasks

let bundled: Bundle
beforeAll(async () => {
  bundled = await bundle('spec/transports/browser-client-page.ts')
})

it('a bundle for browsers holds nothing of Node and nothing of the server', () => {
  const never =
    /^node:|node_modules\/(fast-json-stringify|fastify|undici|ws)\/|lib\/server\/|node-client|node-dial/
  expect(bundled.modules.filter((module) => never.test(module))).toEqual([])
  expect(bundled.modules).toContain('lib/transports/ws/web.ts')
})

it('WebSocket is a file of its own, loaded by those who use it', () => {
  const main = bundled.files.get('/main.js')!.text
  expect(main).not.toContain('lib/transports/ws/web-dial.ts')
  expect(
    [...bundled.files.values()].filter(({ text }) => text.includes('lib/transports/ws/web-dial.ts')),
  ).toHaveLength(1)
})

describeInChromium('clients in Chromium', () => {
  const server = fastify({ forceCloseConnections: true })
  const { app, probe } = makeApp()
  let page: Page
  let origin: string
  beforeAll(async () => {
    for (const [path, { type, text }] of bundled.files)
      server.get(path, (_, reply) => reply.type(type).send(text))
    await server.register(microapi(app, { upgrade: ws({ path: '/api' }) }), { prefix: '/api' })
    origin = await server.listen({ host: '127.0.0.1', port: 0 })
    page = await openPage(origin)
    await page.waitForFunction('globalThis.tasks')
  }, 60_000)
  afterAll(() => server.close())

  const ask = <K extends keyof Tasks>(task: K, ...args: Parameters<Tasks[K]>): ReturnType<Tasks[K]> =>
    page.evaluate(`tasks.${task}(${args.map((arg) => JSON.stringify(arg)).join()})`) as ReturnType<Tasks[K]>

  describe.each(['http', 'ws'])('over %s', (scheme) => {
    let url: string
    beforeEach(() => {
      url = `${origin.replace('http', scheme)}/api`
    })

    it('one made from a type alone calls all four patterns', async () => {
      expect(await ask('typeAlone', url)).toEqual({
        unary: { text: 'Zoë' },
        serverStream: [{ value: 0 }, { value: 1 }, { value: 2 }],
        clientStream: { count: 2, total: 3 },
        bidiStream: [{ text: 'a' }, { text: 'b' }],
        seen: 'a page',
        header: 'a, b',
        trailer: 'c, d',
      })
    })

    it('one made from a contract checks and decodes', async () => {
      expect(await ask('contract', url)).toEqual({
        bad: 'INVALID_ARGUMENT: input/text must be string',
        when: '1970-01-01T00:00:00.000Z',
        big: '1152921504606846976',
        bytes: [1, 2, 255],
      })
    })

    it('cancels what it leaves and what its signal ends', async () => {
      const before = endsOf(probe)
      expect(await ask('cancel', url)).toEqual(['CANCELLED', 'CANCELLED'])
      for (const [name, times] of Object.entries(before)) await probe.until(name, times + 1)
    })

    // Each frame of a WebSocket is an event for the debugger too, by which the page is driven.
    const items = scheme === 'ws' ? 10_000 : 100_000
    it(`${items} items come and go in order`, { timeout: 60_000 }, async () => {
      expect(await ask('many', url, items)).toEqual({
        down: items,
        up: { count: items, total: (items * (items - 1)) / 2 },
        both: items,
      })
    })
  })

  it('a Python server knows no protocol: the handshake that offers ours fails, the next does not', async () => {
    const offered: unknown[] = []
    const python = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => false })
    onTestFinished(() => python.close())
    python.on('connection', (socket, { headers }) => {
      offered.push(headers['sec-websocket-protocol'])
      socket.on('message', (data: Buffer) => {
        const { service, method, id, payload } = JSON.parse(data.toString()) as Record<string, unknown>
        const answer = {
          type: 'response',
          service,
          method,
          id,
          payload,
          metadata: {},
          error: null,
          status_code: 0,
        }
        socket.send(Buffer.from(JSON.stringify(answer)))
      })
    })
    await once(python, 'listening')
    expect(await ask('unary', `ws://127.0.0.1:${(python.address() as AddressInfo).port}/`)).toEqual({
      text: 'hi',
    })
    expect(offered).toEqual(['microapi.v1', undefined])
  })

  it('a conversation over WebSocket: each message is answered before the next', async () => {
    expect(await ask('conversation', `${origin.replace('http', 'ws')}/api`)).toEqual({
      answers: ['one', 'two', 'three'],
      done: true,
    })
  })
})

function endsOf(probe: Probe): Record<string, number> {
  return Object.fromEntries(
    ['endless ended', 'stall ended', 'hold ended'].map((name) => [name, probe.count(name)]),
  )
}
