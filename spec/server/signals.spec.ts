import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient, type RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import type { SignalledApp } from './fixtures/signalled.ts'

const fixture = fileURLToPath(new URL('fixtures/signalled.ts', import.meta.url))

/** Starts the process, calls it and waits until its handler runs. */
async function start() {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
  const lines: string[] = []
  const waiting: (() => void)[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    lines.push(...String(chunk).split('\n').filter(Boolean))
    for (const look of waiting) look()
  })
  const line = (matches: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find((one) => matches.test(one))
        if (found !== undefined) resolve(found)
      }
      waiting.push(look)
      look()
    })
  const client = createClient<SignalledApp>(await line(/^http:/), { retry: false })
  const outcome = client.s.hold({}).then(
    () => 'OK',
    (error: RpcError) => error.code,
  )
  await line(/^running$/)
  return { child, lines, line, outcome, exited }
}

describe('a served process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'told %s finishes what runs, answers, and exits with 0',
    async (signal) => {
      const { child, lines, outcome, exited } = await start()
      child.kill(signal)
      child.stdin.write('finish\n')
      expect(await outcome).toBe('OK')
      expect(await exited).toEqual([0, null])
      expect(lines.slice(1)).toEqual(['running', 'shut down'])
    },
    20_000,
  )

  it('told twice aborts what runs at once, says so, and exits with 0', async () => {
    const { child, lines, outcome, exited } = await start()
    child.kill('SIGTERM')
    child.kill('SIGINT')
    expect(await outcome).toBe('UNAVAILABLE')
    expect(await exited).toEqual([0, null])
    expect(lines.slice(1)).toEqual([
      'running',
      'aborted',
      expect.stringContaining('were aborted'),
      'shut down',
    ])
  }, 20_000)
})
