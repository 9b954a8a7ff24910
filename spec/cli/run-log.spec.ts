import { spawn, spawnSync } from 'node:child_process'
import { createClient } from 'microapi-ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from '../transports/http/support.ts'
import { folder } from './command.ts'
import { project } from './installed.ts'
import { run, slow, type Running } from './run-command.ts'

const app = (use: string): string => `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'
import { requestLog } from 'microapi-ts/middleware'

const Text = Type.Object({ text: Type.String() })
const demo = defineService({
  echo: rpc.unary(Text, Text, (text) => text),
  fail: rpc.unary(Text, Text, ({ text }) => { throw new Error(text) }),
})
void requestLog
export const app = createApp({ services: { demo }, use: [${use}] })
`
const evil = '\u001b[31m\r\nserving nothing\u2028\u009b2J'

interface Demo {
  echo(input: { text: string }, options?: object): Promise<unknown>
  fail(input: { text: string }): Promise<unknown>
}
const demoAt = (url: string): Demo & Record<string, Demo['fail']> => {
  const client = createClient<any>(url, { timeoutMs: 60_000 })
  onTestFinished(() => client.close())
  return client['demo'] as never
}
const end = async (running: Running): Promise<void> => {
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ exit: 0, error: '' })
}
const linesOf = (running: Running): Record<string, unknown>[] =>
  running
    .out()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
/** Waits for as many lines of the log. */
const logged = async (running: Running, count: number): Promise<Record<string, unknown>[]> => {
  await vi.waitUntil(() => linesOf(running).length >= count, { timeout: 60_000, interval: 20 })
  return linesOf(running)
}

it.each([
  ['an app that logs nothing', ''],
  ['an app that has a request log of its own', 'requestLog()'],
])('every call of %s is one line of JSON', slow, async (_what, use) => {
  const { home } = folder({ 'app.ts': app(use) })
  const running = run(home, ['app.ts', '--listen', 'http://:0', '--listen', 'ws://:0'])
  const demo = demoAt(await running.url('http'))
  await demo.echo({ text: 'hi' }, { metadata: { 'x-request-id': 'r-1' } })
  await demoAt(await running.url('ws')).echo({ text: 'hi' })
  await demo.fail({ text: evil }).catch(() => {})
  await demo['nothing']!({ text: '' }).catch(() => {})
  const lines = await logged(running, 5)
  expect(lines).toMatchObject([
    {
      level: 'info',
      msg: 'call',
      service: 'demo',
      method: 'echo',
      code: 'OK',
      id: 'r-1',
      peer: { transport: 'http' },
    },
    { level: 'info', msg: 'call', method: 'echo', code: 'OK', peer: { transport: 'ws' } },
    { level: 'error', msg: 'a handler failed', method: 'fail', error: { type: 'Error' } },
    { level: 'info', msg: 'call', method: 'fail', code: 'INTERNAL', id: lines[2]!['id'] },
    // Of what is not there an app's own log does not hear.
    { level: 'info', msg: 'call', method: 'nothing', code: 'UNIMPLEMENTED' },
  ])
  await end(running)
  expect(running.out()).not.toMatch(/^serving nothing/m)
})

it('--log-level warn leaves them out, not what failed', slow, async () => {
  const { home } = folder({ 'app.ts': app('') })
  const port = await freePort()
  const running = run(home, ['app.ts', '--port', String(port), '--log-level', 'warn'])
  const url = `http://127.0.0.1:${port}`
  await vi.waitUntil(() => fetch(`${url}/health`).catch(() => undefined), { timeout: 60_000 })
  const demo = demoAt(url)
  await demo.echo({ text: 'hi' })
  await demo.fail({ text: 'broken' }).catch(() => {})
  expect(await logged(running, 1)).toMatchObject([{ level: 'error', msg: 'a handler failed' }])
  await end(running)
  expect(linesOf(running)).toHaveLength(1)
})

it('so it is under --reload', slow, async () => {
  const { home } = folder({ 'app.ts': app('') })
  const running = run(home, ['app.ts', '--reload', '--listen', 'http://:0'])
  await demoAt(await running.url('http')).echo({ text: 'hi' })
  expect(await logged(running, 1)).toMatchObject([{ msg: 'call', method: 'echo', code: 'OK' }])
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ exit: 0 })
})

/** util-linux' `script` gives a command a terminal. */
const lacks = spawnSync('script', ['--version']).error && 'no `script` (util-linux) is installed'

it.skipIf(lacks)(`in a terminal they are for people${lacks ? ` (${lacks})` : ''}`, slow, async () => {
  const { home } = folder({ 'app.ts': app('') })
  const port = await freePort()
  const command = `exec ${process.execPath} ${project.main} run app.ts --port ${port}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: home,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const url = `http://127.0.0.1:${port}`
  await vi.waitUntil(() => fetch(`${url}/health`).catch(() => undefined), { timeout: 60_000 })
  const demo = demoAt(url)
  await demo.echo({ text: 'hi' })
  await demo.fail({ text: evil }).catch(() => {})
  await vi.waitUntil(
    () => /demo\.echo OK [\d.]+ ms http 127\.0\.0\.1/.test(out) && out.includes('demo.fail INTERNAL'),
    {
      timeout: 60_000,
      interval: 20,
    },
  )
  // oxlint-disable-next-line no-control-regex -- what colours the level is pino-pretty's own
  expect(out.replaceAll(/\u001b\[\d*m/g, '')).not.toMatch(/[\u001b\u009b\u2028]/)
  expect(out).toContain(String.raw`\u001b[31m\u000d\u000aserving nothing\u2028\u009b2J`)
  expect(out).not.toMatch(/^serving nothing/m)
  // Ctrl-C, as it is typed.
  child.stdin.write('\u0003')
  await new Promise((resolve) => child.on('close', resolve))
})
