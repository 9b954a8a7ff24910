/** `microapi run` as a process of its own, which goes on until it is told to end. */
import { spawn, spawnSync } from 'node:child_process'
import { onTestFinished, vi } from 'vitest'
import type { Ran } from './command.ts'
import { project } from './installed.ts'

/** The time that a whole test may take, which starts many processes on a machine that may be busy. */
export const slow = { timeout: 120_000 }

/** A command that goes on. */
export interface Running {
  readonly pid: number
  /** Waits until stdout, or stderr, matches; gives the match. Fails at once when the command has ended without it. */
  says(pattern: RegExp, where?: 'out' | 'error'): Promise<RegExpExecArray>
  /** Where it listens: the URL with this scheme. */
  url(scheme: string): Promise<string>
  readonly out: () => string
  readonly error: () => string
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ran>
}

/** How it is started. */
export interface RunningOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly main?: string
}

/** Starts `microapi run` in a folder. It is killed behind the test, and what it has started ends with it. */
export function run(home: string, args: readonly string[], options: RunningOptions = {}): Running {
  const { env = {}, main = project.main } = options
  const child = spawn(process.execPath, [main, 'run', ...args], {
    cwd: home,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const texts = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.error += text))
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, ...texts }))
  })
  const says: Running['says'] = (pattern, where = 'out') =>
    vi.waitUntil(
      () => {
        const match = pattern.exec(texts[where])
        if (!match && child.exitCode !== null)
          throw new Error(`it has ended (${child.exitCode}) without ${pattern}: ${texts.out}${texts.error}`)
        return match
      },
      { timeout: 60_000, interval: 20 },
    )
  return {
    pid: child.pid!,
    says,
    url: async (scheme) => (await says(new RegExp(`^at (${scheme}://\\S+)\\n`, 'm')))[1]!,
    out: () => texts.out,
    error: () => texts.error,
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  return processes().flatMap(([own, parent]) => (parent === pid ? [own] : []))
}

/** Whether a process still runs; one that has ended and that nobody has asked about does not. */
export function isRunning(pid: number): boolean {
  return processes().some(([own]) => own === pid)
}

function processes(): readonly (readonly [pid: number, parent: number])[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, parent]) => [Number(pid), Number(parent)] as const)
}

/** What a call fails with, whenever it does. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return new Error(`it has not failed: ${JSON.stringify(await call)}`)
  } catch (error) {
    return error
  }
}
