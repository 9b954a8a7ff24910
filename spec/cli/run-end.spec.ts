import { createClient } from 'microapi-ts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { folder, runHere } from './command.ts'
import { failureOf, run, slow } from './run-command.ts'

const source = `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'

const Text = Type.Object({ text: Type.String() })
export const demo = defineService({
  echo: rpc.unary(Text, Text, (given) => given),
  hang: rpc.unary(Text, Text, (_, { signal }) => {
    console.log('hanging')
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }),
})
export const app = createApp({ services: { demo } })
`
interface Demo {
  echo(input: { readonly text: string }): Promise<unknown>
  hang(input: { readonly text: string }): Promise<unknown>
}
const demoAt = (url: string): Demo => {
  const client = createClient<any>(url, { timeoutMs: 60_000 })
  onTestFinished(() => client.close())
  return client['demo'] as unknown as Demo
}
const readiness = async (url: string): Promise<number> => (await fetch(`${url}/ready`)).status

describe('microapi run, told to end', () => {
  it('is not ready and takes calls all the same, for --drain-delay', slow, async () => {
    const { home } = folder({ 'app.ts': source })
    const running = run(home, ['app.ts', '--port', '0', '--drain-delay', '10m'])
    const url = await running.url('http')
    const demo = demoAt(url)
    expect(await readiness(url)).toBe(200)
    running.kill('SIGTERM')
    await vi.waitUntil(async () => (await readiness(url)) === 503, { timeout: 60_000 })
    expect(await demo.echo({ text: 'late' })).toEqual({ text: 'late' })
  })

  it.each(['100ms', '0'])('cuts calls off after --grace %s', slow, async (grace) => {
    const { home } = folder({ 'app.ts': source })
    const running = run(home, ['app.ts', '--port', '0', '--grace', grace])
    const hanging = failureOf(demoAt(await running.url('http')).hang({ text: '' }))
    await running.says(/^hanging$/m)
    running.kill('SIGTERM')
    expect(await hanging).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await running.ended).toMatchObject({ exit: 0 })
    expect(running.out() + running.error()).toContain('calls that still ran were aborted')
  })

  it('under --reload cuts off calls of what was served before, after --grace', slow, async () => {
    const { home, write } = folder({ 'app.ts': source })
    const running = run(home, ['app.ts', '--port', '0', '--reload', '--grace', '100ms'])
    const hanging = failureOf(demoAt(await running.url('http')).hang({ text: '' }))
    await running.says(/^hanging$/m)
    write({ 'app.ts': `${source}// changed\n` })
    expect(await hanging).toMatchObject({ code: 'UNAVAILABLE' })
    await running.says(/^reloaded in /m)
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ exit: 0 })
  })

  it.each([
    [['--grace', '5'], /'--grace <time>' argument '5' is invalid\. write a number and its unit, as in 500ms/],
    [['--grace', '1000h'], /argument '1000h' is invalid\. it is at most 24 days/],
    [['--drain-delay', 'soon'], /'--drain-delay <time>' argument 'soon' is invalid\. write a number/],
    [
      ['--drain-delay', '5s', '--reload'],
      /--drain-delay is for what finds a server by its readiness, .*leave one/,
    ],
  ])('%j is refused', async (args, message) => {
    const { exit, error } = await runHere(['run', 'app.ts', ...args])
    expect(exit).toBe(2)
    expect(error).toMatch(message)
  })
})
