import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'microapi-ts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { copyPackage, folder } from './command.ts'
import { childrenOf, failureOf, isRunning, run, slow, type Running } from './run-command.ts'

const app = `
import { existsSync } from 'node:fs'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'
import { greeting } from './src/greeting.ts'

const Text = Type.Object({ text: Type.String() })
const demo = defineService({
  greet: rpc.unary(Type.Object({}), Text, () => ({ text: greeting })),
  wait: rpc.unary(Type.Object({}), Text, async () => {
    console.log('waiting')
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
    return { text: greeting }
  }),
  crash: rpc.unary(Type.Object({}), Text, () => process.exit(7)),
})
export const app = createApp({ services: { demo } })
`
const greeting = (text: string): Record<string, string> => ({
  'src/greeting.ts': `export const greeting = '${text}'\n`,
})
const files = { 'app.ts': app, ...greeting('one') }
const args = ['app.ts', '--reload', '--listen', 'http://:0']

// What no language matters for is JavaScript, which starts in two thirds of the time.
const script = app.replace('greeting.ts', 'greeting.mjs')
const scriptGreeting = (text: string): Record<string, string> => ({
  'src/greeting.mjs': greeting(text)['src/greeting.ts']!,
})
const scripts = { 'app.mjs': script, ...scriptGreeting('one') }
const scriptArgs = ['app.mjs', ...args.slice(1)]

type Text = Promise<{ readonly text: string }>
interface Demo {
  greet(input: object): Text
  wait(input: object): Text
  crash(input: object): Text
}
const demoAt = (url: string): Demo => {
  const client = createClient<any>(url, { timeoutMs: 60_000 })
  onTestFinished(() => client.close())
  return client['demo'] as unknown as Demo
}
/** Calls until the answer is as it should be, however long it takes to start anew. */
const greets = (demo: Demo, text: string): Promise<unknown> =>
  vi.waitUntil(async () => (await demo.greet({}).catch(() => undefined))?.text === text, {
    timeout: 60_000,
    interval: 50,
  })
const end = async (running: Running): Promise<void> => {
  running.kill('SIGINT')
  expect(await running.ended).toMatchObject({ exit: 0 })
}

describe('microapi run --reload', () => {
  it('serves what files have become, at the same ports', slow, async () => {
    const { home, write } = folder(files)
    const running = run(home, [...args, '--listen', 'grpc://:0', '--listen', 'ws://:0'])
    const urls = [await running.url('http'), await running.url('grpc'), await running.url('ws')]
    const clients = urls.map(demoAt)
    for (const demo of clients) await greets(demo, 'one')
    write(greeting('two'))
    for (const demo of clients) await greets(demo, 'two')
    await running.says(/^reloaded in \d+ ms: src\/greeting\.ts changed$/m)
    write({ 'app.ts': app.replace('text: greeting })),', 'text: `${greeting}!` })),') })
    for (const demo of clients) await greets(demo, 'two!')
    // What it says of itself is the same, and is not said again.
    expect(running.out().match(/^serving app\.ts$/gm)).toHaveLength(1)
    write({ 'app.ts': app.replace('greet:', 'hello: rpc.unary(Text, Text, (text) => text),\n  greet:') })
    await running.says(/^ {2}demo {2}hello, greet, wait, crash$/m)
    expect(running.error()).toBe('')
    await end(running)
  })

  it(
    'lets a call in flight finish on the code that it began with, and refuses no connection',
    slow,
    async () => {
      const { home, write } = folder(scripts)
      const running = run(home, scriptArgs)
      const url = await running.url('http')
      const demo = demoAt(url)
      const waiting = demo.wait({})
      await running.says(/waiting/)
      const refused: unknown[] = []
      const over = new AbortController()
      const calling = (async () => {
        while (!over.signal.aborted) {
          const answer = await fetch(`${url}/health`, { headers: { connection: 'close' } }).catch(
            (error: Error) => error.cause as { readonly code?: string },
          )
          if ('code' in answer && answer.code === 'ECONNREFUSED') refused.push(answer)
        }
      })()
      for (const text of ['two', 'three']) {
        write(scriptGreeting(text))
        await greets(demoAt(url), text)
      }
      over.abort()
      await calling
      expect(refused).toEqual([])
      write({ go: '' })
      expect(await waiting).toEqual({ text: 'one' })
      await end(running)
    },
  )

  it('shows what is wrong, serves what was before, and goes on when it is repaired', slow, async () => {
    const { home, write } = folder(files)
    const running = run(home, args)
    const demo = demoAt(await running.url('http'))
    write({ 'src/greeting.ts': 'export const greeting = {{' })
    await running.says(
      /^microapi: app\.ts cannot be loaded: TransformError: \S+greeting\.ts:1:25: ERROR/m,
      'error',
    )
    await running.says(/^microapi: waiting for a change; what was served before goes on$/m, 'error')
    await greets(demo, 'one')
    write(greeting('two'))
    await greets(demo, 'two')
    // A folder that goes and comes again.
    rmSync(path.join(home, 'src'), { recursive: true })
    await running.says(/Cannot find module [^]*^microapi: waiting for a change/m, 'error')
    write(greeting('again'))
    await greets(demo, 'again')
    await end(running)
  })

  it('waits where the first load fails, for a file that is missing too', slow, async () => {
    const { home, write } = folder({ 'app.ts': app })
    const running = run(home, args)
    await running.says(
      /^microapi: app\.ts cannot be loaded: Error: Cannot find module '\S+greeting\.ts'/m,
      'error',
    )
    await running.says(/^microapi: waiting for a change$/m, 'error')
    write({ 'app.ts': app.replace('./src/', './') })
    await vi.waitUntil(() => running.error().match(/^microapi: waiting/gm)?.length === 2, { timeout: 60_000 })
    write({ 'greeting.ts': greeting('here')['src/greeting.ts']! })
    await greets(demoAt(await running.url('http')), 'here')
    await end(running)
  })

  it('says that an app has ended by itself, and starts it at the next change', slow, async () => {
    const { home, write } = folder(scripts)
    const running = run(home, scriptArgs)
    const url = await running.url('http')
    expect(await failureOf(demoAt(url).crash({}))).toMatchObject({ code: 'UNAVAILABLE' })
    await running.says(
      /^microapi: app\.mjs has ended, with the exit code 7\nmicroapi: waiting for a change$/m,
      'error',
    )
    write(scriptGreeting('two'))
    const [, again = ''] = await running.says(/at [^]*^at (http:\S+)$/m)
    await greets(demoAt(again), 'two')
    await end(running)
  })

  it('runs CommonJS anew too', slow, async () => {
    // Not below this project, whose packages would be found, itself first of all.
    const { home, write } = folder(
      { ...files, 'package.json': '{}', 'tsconfig.json': '{}' },
      { root: tmpdir() },
    )
    const running = run(home, args, { main: copyPackage(home) })
    const demo = demoAt(await running.url('http'))
    await greets(demo, 'one')
    write(greeting('two'))
    await greets(demo, 'two')
    write({ 'src/greeting.ts': 'export const greeting = {{' })
    await running.says(/^microapi: waiting for a change; what was served before goes on$/m, 'error')
    write(greeting('three'))
    await greets(demo, 'three')
    await end(running)
  })

  it('stops the one before first where both cannot be', slow, async () => {
    const locked = script.replace(
      'services: { demo }',
      `services: { demo }, lifespan: async function* () {
        const { writeFileSync, rmSync } = await import('node:fs')
        writeFileSync('lock', '', { flag: 'wx' })
        yield
        rmSync('lock')
      }`,
    )
    const { home, write } = folder({ ...scripts, 'app.mjs': locked })
    const running = run(home, scriptArgs)
    await greets(demoAt(await running.url('http')), 'one')
    write(scriptGreeting('two'))
    await running.says(/^reloaded in/m)
    const [, url = ''] = /[^]*^at (http:\S+)$/m.exec(running.out())!
    await greets(demoAt(url), 'two')
    expect(running.error()).not.toContain('waiting for a change')
    await end(running)
  })
})

describe('the end of microapi run --reload', () => {
  it('waits for calls in flight', slow, async () => {
    const { home, write } = folder(scripts)
    const running = run(home, scriptArgs)
    const waiting = demoAt(await running.url('http')).wait({})
    await running.says(/waiting/)
    const children = childrenOf(running.pid)
    expect(children.length).toBeGreaterThan(0)
    running.kill('SIGTERM')
    await running.says(/calls in flight finish first; the same signal again cuts them off/, 'error')
    write({ go: '' })
    expect(await waiting).toEqual({ text: 'one' })
    expect(await running.ended).toMatchObject({ exit: 0 })
    await vi.waitUntil(() => !children.some(isRunning), { timeout: 60_000, interval: 100 })
  })

  it.each([
    ['a second signal', ['SIGINT', 'SIGINT'] as const, 0],
    ['being killed', ['SIGKILL'] as const, null],
    ['a terminal that is closed', ['SIGHUP'] as const, null],
  ])('by %s leaves no process behind', slow, async (_, kills, exit) => {
    const { home } = folder(scripts)
    const running = run(home, scriptArgs)
    const url = await running.url('http')
    const waiting = failureOf(demoAt(url).wait({}))
    await running.says(/waiting/)
    const children = childrenOf(running.pid)
    expect(children.length).toBeGreaterThan(0)
    for (const [i, signal] of kills.entries()) {
      if (i > 0) await running.says(/calls in flight finish first/, 'error')
      running.kill(signal)
    }
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await running.ended).toMatchObject({ exit })
    await vi.waitUntil(() => !children.some(isRunning), { timeout: 60_000, interval: 100 })
    expect(await failureOf(fetch(url))).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })
})
