import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc, serve, type App, type Transport } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { kafka } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeApp } from '../../lib/cli/app-description.ts'
import { describeKafka } from '../brokers/kafka.ts'
import { describeRabbitMq } from '../brokers/rabbitmq.ts'
import { app as shop } from '../generate/python-app.ts'
import { freshQueue } from '../transports/amqp/support.ts'
import { folder, runHere } from './command.ts'
import { run, slow } from './run-command.ts'

const lineOf = (text: RegExp | string) =>
  expect.stringMatching(new RegExp(`^microapi: ${asSource(text)}[^\\n]*\\n$`))

function asSource(text: RegExp | string): string {
  return typeof text === 'string' ? text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`) : text.source
}

const json = (source: Parameters<typeof describeApp>[0]): unknown =>
  JSON.parse(JSON.stringify(describeApp(source)))

/** One without events, which would leave queues behind. */
const N = Type.Object({ n: Type.Integer() })
const small = createApp({ services: { numbers: defineService({ double: rpc.unary(N, N, (n) => n) }) } })

/** Serves an app that describes itself, or not, until the test has finished; its URL. */
async function served(transport: Transport, app: App = shop, describing = true): Promise<string> {
  const server = await serve(app, transport, { signals: false, describe: describing })
  onTestFinished(() => server.close())
  return server.urls[0]!
}

/** An HTTP server that is none of ours; its URL. */
async function stranger(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('microapi info of a server that describes itself', slow, () => {
  it.each<[string, () => Transport]>([
    ['http', () => http({ port: 0 })],
    ['ws', () => ws({ port: 0 })],
    ['grpc', () => grpc({ port: 0 })],
  ])('shows what it offers, over %s', async (_, make) => {
    const url = await served(make())
    const { exit, out, error } = await runHere(['info', url])
    expect([exit, error]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^${asSource(url)}.*\\n\\nshop\\n {2}METHOD {2,}PATTERN`))
    const whole = await runHere(['info', url, '--json'])
    expect(JSON.parse(whole.out)).toEqual(json(shop))
  })
})

describe('microapi info of a saved description', slow, () => {
  it('shows what was described', async () => {
    const { home } = folder({ 'description.json': JSON.stringify(json(shop)) })
    const file = path.join(home, 'description.json')
    const { exit, out } = await runHere(['info', file, '--json'])
    expect(exit).toBe(0)
    expect(JSON.parse(out)).toEqual(json(shop))
    expect((await runHere(['info', file])).out).toContain('\nshop\n')
  })

  it('shows what a transform of the app is in JSON', async () => {
    const Cents = Type.Transform(Type.Integer())
      .Decode((cents) => ({ cents }))
      .Encode(({ cents }) => cents)
    const pay = rpc.unary(Type.Object({ cents: Cents }), Type.Object({}))
    const { home } = folder({ 'd.json': JSON.stringify(describeApp({ shop: defineService({ pay }) })) })
    const { out } = await runHere(['info', path.join(home, 'd.json')])
    expect(out).toMatch(/^ {2}pay {5}unary {4}cents: integer {2}-$/m)
  })

  const method = {
    kind: 'unary',
    input: { type: 'object' },
    output: { type: 'object' },
    errors: {},
    options: {},
  }
  const services = (one: object) => ({ services: { a: { b: { ...method, ...one } } } })
  it.each<[value: unknown, told: string]>([
    [[], 'it must be object;'],
    [{ openapi: '3.1.0' }, '/services is required;'],
    [{ services: { 'a/b': {} } }, '/services/a~1b is no name; use letters, digits and "_"'],
    [{ services: { toString: {} } }, '/services/toString is no name;'],
    [{ services: { a: { '../b': method } } }, '/services/a/..~1b is no name;'],
    [services({ kind: 'binary' }), '/services/a/b/kind must be one of "unary", "serverStream",'],
    [services({ input: true }), '/services/a/b/input must be object;'],
    [
      services({ input: { type: 'object', properties: { n: 3 } } }),
      '/services/a/b/input/properties/n must be object;',
    ],
    [
      services({ errors: { GONE: { code: 404 } } }),
      '/services/a/b/errors/GONE/code must be one of "CANCELLED",',
    ],
    [services({ options: { summary: 3 } }), '/services/a/b/options/summary must be string;'],
    [{ ...services({}), version: {} }, '/version must be string or number;'],
  ])('says where it is none: %j', async (value, told) => {
    const { home } = folder({ 'd.json': JSON.stringify(value) })
    const file = path.join(home, 'd.json')
    expect(await runHere(['info', file])).toEqual({
      exit: 1,
      out: '',
      error: lineOf(`${file} is no description: ${told}`),
    })
  })

  it('says where it is no JSON', async () => {
    const { home } = folder({ 'd.json': '{\n  "services": nothing' })
    const file = path.join(home, 'd.json')
    const error = lineOf(
      `${file}: not JSON at line 2, character 15, where "nothing" stands; microapi generate`,
    )
    expect(await runHere(['info', file])).toEqual({ exit: 1, out: '', error })
  })

  it('says that it is not there', async () => {
    const error = lineOf(/there is no file nowhere\.json in \S+; microapi generate --description writes/)
    expect(await runHere(['info', 'nowhere.json'])).toEqual({ exit: 2, out: '', error })
  })
})

describe('microapi info of a server that does not describe itself', slow, () => {
  it.each<[string, () => Transport]>([
    ['http', () => http({ port: 0 })],
    ['ws', () => ws({ port: 0 })],
    ['grpc', () => grpc({ port: 0 })],
  ])('says how it would, over %s', async (_, make) => {
    const url = await served(make(), small, false)
    const error = lineOf(
      `the server at ${url} does not describe itself; start it with describe: true, or by microapi run --describe`,
    )
    expect(await runHere(['info', url])).toEqual({ exit: 1, out: '', error })
  })

  it('says so of what is no server of ours', async () => {
    const page = await stranger((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<p>No'),
    )
    expect(await runHere(['info', page])).toMatchObject({
      exit: 1,
      error: lineOf(new RegExp(`the server at ${asSource(page)} does not describe itself`)),
    })
    const other = await stranger((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"services":[]}'),
    )
    expect(await runHere(['info', other])).toMatchObject({
      exit: 1,
      error: lineOf(
        `the server at ${other} answers microapi.describe with what is no description: /services must be object;`,
      ),
    })
  })

  it('says so of a service that only has its name', async () => {
    const Answer = Type.Object({ hello: Type.String() })
    const microapi = defineService({ describe: rpc.unary(Type.Object({}), Answer, () => ({ hello: 'you' })) })
    const app = createApp({ services: { microapi }, log: recordingLog() })
    const server = await serve(app, http({ port: 0 }), { signals: false })
    onTestFinished(() => server.close())
    const error = lineOf(
      /the server at \S+ answers microapi\.describe with what is no description: \/services is/,
    )
    expect(await runHere(['info', server.urls[0]!])).toEqual({ exit: 1, out: '', error })
  })

  it.each(['http://127.0.0.1:1', 'grpc://127.0.0.1:1', 'ws://127.0.0.1:1', 'amqp://me:secret@127.0.0.1:1'])(
    'says that nobody is there, and keeps a password to itself: %s',
    async (url) => {
      const ran = await runHere(['info', url])
      const shown = asSource(url.replace('secret', '…'))
      const error = lineOf(new RegExp(`UNAVAILABLE: .*; is the server running, and is ${shown} its address`))
      expect(ran).toEqual({ exit: 1, out: '', error })
      expect(ran.error).not.toContain('secret')
    },
  )

  it('says which URLs there are', async () => {
    const error = lineOf('no transport for "htp://a"; known are http://,')
    expect(await runHere(['info', 'htp://a'])).toEqual({ exit: 2, out: '', error })
  })
})

describeRabbitMq('microapi info over RabbitMQ', (broker) => {
  it('asks the server behind a queue', slow, async () => {
    const queue = freshQueue(broker.url)
    await served(amqp({ url: broker.url, queue }), small)
    const { out, error } = await runHere(['info', `${broker.url}?queue=${queue}`, '--json'])
    expect(error).toBe('')
    expect(JSON.parse(out)).toEqual(json(small))
  })
})

describeKafka('microapi info over Kafka', (cluster) => {
  it('asks the server behind a topic', slow, async () => {
    const topic = `spec-${randomBytes(6).toString('hex')}`
    const url = `kafka://${cluster.brokers.join(',')}`
    await served(kafka({ url, topic, groupId: topic }), small)
    const { out, error } = await runHere(['info', `${url}?topic=${topic}`, '--json'])
    expect(error).toBe('')
    expect(JSON.parse(out)).toEqual(json(small))
  })
})

describe('microapi run --reload', slow, () => {
  it('serves what describes itself, unless the app has a service of that name', slow, async () => {
    const app = (name: string) => `
      import { createApp, defineService, Empty, rpc } from 'microapi-ts'
      const own = defineService({ get: rpc.unary(Empty, Empty, () => ({})) })
      export const app = createApp({ services: { ${name}: own } })`
    const { home, write } = folder({ 'app.ts': app('first') })
    const { url, says } = run(home, ['app.ts', '--port', '0', '--reload'])
    const at = await url('http')
    const { out } = await runHere(['info', at])
    expect(out).toContain('\nfirst\n')
    write({ 'app.ts': app('microapi') })
    await says(/^reloaded in/m)
    expect(await runHere(['info', at])).toMatchObject({ exit: 1 })
  })
})
