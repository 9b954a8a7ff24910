import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'microapi-ts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from '../transports/http/support.ts'
import { copyPackage, folder } from './command.ts'
import { failureOf, run, slow, type Running } from './run-command.ts'

const service = `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'
import { requestLog } from 'microapi-ts/middleware'

let open: () => void
const opened = new Promise<void>((resolve) => (open = resolve))
const Text = Type.Object({ text: Type.String() })
const echo = rpc.unary(Type.Object({ text: Type.String(), times: Type.Integer({ minimum: 2 }) }), Text, ({ text }) => ({ text }))
export const demo = defineService({
  echo,
  count: rpc.serverStream(Type.Object({ to: Type.Integer() }), Type.Object({ n: Type.Integer() }), function* ({ to }) {
    for (let n = 1; n <= to; n++) yield { n }
  }),
  wait: rpc.unary(Type.Object({}), Text, async () => {
    console.log('waiting')
    await opened
    return { text: 'done' }
  }),
  open: rpc.unary(Type.Object({}), Text, () => (open(), { text: 'open' })),
  hang: rpc.unary(Type.Object({}), Text, (_, { signal }) => {
    console.log('hanging')
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }),
})
export const contract = { demo: { echo: rpc.unary(Text, Text) } }
`
const source = `${service}
export const app = createApp({ services: { demo }, use: [requestLog()], version: 3 })
export default app
export const createDemo = async () => createApp({ services: { demo } })
export const createBroken = () => createApp({
  services: { demo }, lifespan: async function* () { throw new Error('no\\ndatabase') },
})
`
type Text = Promise<{ readonly text: string }>
interface Demo {
  echo(input: { readonly text: string; readonly times: number }): Text
  count(input: { readonly to: number }): AsyncIterable<unknown>
  wait(input: object): Text
  hang(input: object): Text
}
const demoAt = (url: string): Demo => {
  const client = createClient<any>(url, { timeoutMs: 60_000 })
  onTestFinished(() => client.close())
  return client['demo'] as unknown as Demo
}
const end = async (running: Running): Promise<void> => {
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ exit: 0, error: '' })
}

describe('microapi run', () => {
  it('serves an app over many transports, and says what, where and how to call it', slow, async () => {
    const { home } = folder({ 'app.ts': source })
    const running = run(home, [
      'app.ts',
      ...['http', 'grpc', 'ws'].flatMap((scheme) => ['--listen', `${scheme}://:0`]),
    ])
    await running.url('ws')
    const [, http = ''] = /^at (http:\S+)$/m.exec(running.out())!
    for (const scheme of ['http', 'grpc', 'ws']) {
      const demo = demoAt(await running.url(scheme))
      expect(await demo.echo({ text: scheme, times: 2 })).toEqual({ text: scheme })
      const items: unknown[] = []
      for await (const item of demo.count({ to: 2 })) items.push(item)
      expect(items).toEqual([{ n: 1 }, { n: 2 }])
    }
    expect(running.out()).toMatch(
      /^serving app\.ts version 3\n {2}demo {2}echo, count, wait, open, hang\nat /,
    )
    const curl = `curl -s --json '{"text":"text","times":2}' ${http}/demo/echo`
    expect(running.out()).toContain(`at ${http}\n  ${curl}\n`)
    expect(spawnSync('sh', ['-c', curl], { encoding: 'utf8' }).stdout).toBe('{"text":"text"}')
    expect(running.out()).toMatch(
      /^at (grpc:\S+)\n {2}npx microapi call \1 demo\.echo '{"text":"text","times":2}'$/m,
    )
    await end(running)
  })

  it.each([
    ['app.ts:createDemo()', { 'app.ts': source }],
    ['app.ts:default', { 'app.ts': source }],
    ['app.mjs', { 'app.mjs': source.replaceAll(/: \(\) => void|<void>/g, '') }],
  ])('runs %s', slow, async (app, files) => {
    const { home } = folder(files)
    const running = run(home, [app, '--port', '0'])
    const demo = demoAt(await running.url('http'))
    expect(await demo.echo({ text: 'hi', times: 2 })).toEqual({ text: 'hi' })
    await end(running)
  })

  it('takes host, port and the level of the log from the environment', slow, async () => {
    const { home } = folder({ 'app.ts': source })
    const env = { MICROAPI_HOST: '0.0.0.0', MICROAPI_PORT: '0', MICROAPI_LOG_LEVEL: 'info' }
    const running = run(home, ['app.ts', '--transport', 'ws'], { env })
    const url = await running.url('ws')
    expect(url).toContain('ws://0.0.0.0:')
    const called = url.replace('0.0.0.0', '127.0.0.1')
    expect(running.out()).toContain(`npx microapi call ${called} demo.echo`)
    await demoAt(called).echo({ text: 'hi', times: 2 })
    await running.says(/^{"level":"info",.*"method":"echo","code":"OK",.*"msg":"call"}$/m)
    await end(running)
  })

  it('says no more than --log-level asks for', slow, async () => {
    const said = "console.log('level', process.env['MICROAPI_LOG_LEVEL'])"
    const { home } = folder({ 'app.ts': `${source}${said}` })
    const port = await freePort()
    const running = run(home, ['app.ts', '--port', String(port), '--log-level', 'warn'])
    const url = `http://127.0.0.1:${port}`
    await vi.waitUntil(() => fetch(`${url}/health`).catch(() => undefined), { timeout: 60_000 })
    await demoAt(url).echo({ text: 'hi', times: 2 })
    await end(running)
    expect(running.out()).toBe('level warn\n')
  })

  it('lets calls in flight finish when it is told to end', slow, async () => {
    const { home } = folder({
      'app.ts': source.replace('await opened', "process.once('SIGINT', open)\n    await opened"),
    })
    const running = run(home, ['app.ts', '--port', '0'])
    const waiting = demoAt(await running.url('http')).wait({})
    await running.says(/waiting/)
    running.kill('SIGINT')
    expect(await waiting).toEqual({ text: 'done' })
    expect(await running.ended).toMatchObject({ exit: 0 })
  })

  it('cuts calls off at the second signal', slow, async () => {
    const { home } = folder({ 'app.ts': source })
    const running = run(home, ['app.ts', '--port', '0'])
    const hanging = failureOf(demoAt(await running.url('http')).hang({}))
    await running.says(/hanging/)
    running.kill('SIGINT')
    await running.says(/calls in flight finish first; the same signal again cuts them off/, 'error')
    running.kill('SIGINT')
    expect(await hanging).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await running.ended).toMatchObject({ exit: 0 })
  })
})

describe('what goes wrong is told in one line, with the way out', () => {
  const place = folder({
    'app.ts': source,
    'regex.ts': source.replace('to: Type.Integer()', "to: Type.Integer({ format: 'even' })"),
    'list.ts': source.replace(
      'const Text = Type.Object({ text: Type.String() })',
      'const Text = Type.String()',
    ),
    'lost.ts': source.replace(
      'services: { demo },',
      "services: { demo }, onStartup: async () => void (await (await import('node:dns/promises')).lookup('db.invalid')),",
    ),
  })

  it.each([
    [
      ['nowhere.ts'],
      2,
      /there is no file nowhere\.ts in \S+; give the path of the app, as in src\/app\.ts:app/,
    ],
    [['app.ts:ap'], 2, /app\.ts has no export "ap": it exports app, .*; name one of them, as in app\.ts:app/],
    [
      ['app.ts:contract'],
      2,
      /app\.ts:contract is a contract, which answers no calls; name an app: what createApp/,
    ],
    [['app.ts:demo'], 2, /app\.ts:demo is one service, which has no name yet;/],
    [['app.ts:createBroken()'], 1, /app\.ts:createBroken\(\) cannot start: no database; --trace shows where/],
    [['regex.ts'], 1, /regex\.ts cannot be loaded: TypeError: demo\.count: .*"even"/],
    [
      ['list.ts'],
      1,
      /list\.ts cannot be loaded: TypeError: output of method "echo" is no object schema; wrap it/,
    ],
    [
      ['app.ts', '--listen', 'pigeon://:9092'],
      2,
      /no transport for "pigeon:\/\/:9092"; known are http:\/\/, /,
    ],
    [
      ['app.ts', '--transport', 'pigeon', '--port', '1'],
      2,
      /no transport for "pigeon:\/\/127\.0\.0\.1:1"; known/,
    ],
    [
      ['app.ts', '--listen', 'http'],
      2,
      /address "http": write scheme:\/\/host:port|no transport for "http"; known/,
    ],
    [
      ['app.ts', '--listen', 'http://:1?a=1'],
      2,
      /http:\/\/ takes host, port and path; there is no place for a/,
    ],
    [
      ['app.ts', '--listen', 'https://:0'],
      2,
      /https:\/\/:0 takes a certificate, .*serve\(app, http\(\{ tls:/,
    ],
    [
      ['app.ts', '--listen', 'http://192.0.2.1:0'],
      1,
      /192\.0\.2\.1\S* is no address of this machine; give 127/,
    ],
    [
      ['app.ts', '--listen', 'ws://:0', '--port', '1'],
      2,
      /--listen says it all: leave --port out, or write port into/,
    ],
    [
      ['app.ts', '--transport', 'amqp', '--port', '1'],
      1,
      /amqp:\/\/127\.0\.0\.1:1: .*; start the broker, or give the address of one that runs/,
    ],
    [
      ['app.ts', '--listen', 'ws://nowhere.invalid:0'],
      1,
      /nowhere\.invalid is the name of no machine; give 127\.0\.0\.1, or 0\.0\.0\.0 for all that this/,
    ],
    [['lost.ts'], 1, /lost\.ts cannot start: getaddrinfo \w+ db\.invalid; --trace shows where/],
    [
      ['app.ts', '--port', '70000'],
      2,
      /'--port <port>' .*'70000' is invalid\. it is a whole number from 0 to 65535/,
    ],
    [
      ['app.ts', '--log-level', 'loud'],
      2,
      /'loud' is invalid\. Allowed choices are silent, fatal, error, warn, info/,
    ],
    [[], 2, /missing required argument 'app'; microapi run --help says more/],
  ])('%j', slow, async (args, exit, message) => {
    const ran = await place.shared('run', ...args)
    expect(ran).toEqual({ exit, out: '', error: expect.stringMatching(message) })
    expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
  })

  it.each([
    ['http', []],
    ['ws', []],
    ['grpc', []],
    ['http', ['--reload']],
  ])('a port in use, over %s %j', slow, async (scheme, more) => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const args = ['run', 'app.ts', '--listen', `${scheme}://:${port}`, ...more]
    const ran = await (more.includes('--reload') ? place.microapi(...args) : place.shared(...args))
    expect(ran).toEqual({
      exit: 1,
      out: '',
      error: `microapi: 127.0.0.1:${port} is in use; end what listens there, or give another port (0 takes a free one)\n`,
    })
  })

  it('--trace shows where', slow, async () => {
    const ran = await place.microapi('run', 'app.ts:createBroken()', '--trace')
    expect(ran.exit).toBe(1)
    expect(ran.error).toMatch(/^microapi: app\.ts.*\nError: no\ndatabase\n {4}at .*app\.ts:/)
  })
})

it('serves an app that another copy of the package made, by that copy', slow, async () => {
  const made = source.replace(/^import .*middleware'$/m, '').replace('use: [requestLog()], ', '')
  const files = { 'app.mjs': made.replaceAll(/: \(\) => void|<void>/g, ''), 'tsconfig.json': '{}' }
  // Not below this project, whose packages would be found, itself first of all.
  const { home } = folder(files, { root: tmpdir() })
  copyPackage(home)
  const running = run(home, ['app.mjs', '--port', '0'])
  const demo = demoAt(await running.url('http'))
  expect(await demo.echo({ text: 'hi', times: 2 })).toEqual({ text: 'hi' })
  expect(running.error()).toContain(`another copy of microapi-ts, in ${path.join(home, 'node_modules')}`)
  running.kill('SIGTERM')
  expect((await running.ended).exit).toBe(0)
})
