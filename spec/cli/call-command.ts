/** `microapi call` as a process of its own: with a stdin to write to, signals to send and a stdout that may be left unread. */
import { spawn, type ChildProcess } from 'node:child_process'
import { onTestFinished } from 'vitest'
import type { Ran } from './command.ts'
import { project } from './installed.ts'
import { runShared } from './shared-process.ts'

/** A call that goes on. */
export interface Calling {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly out: () => string
  readonly error: () => string
  /** Reads its stdout from now on. */
  readonly read: () => void
  /** What it ended with, once all that it wrote is there. */
  readonly ran: Promise<Ran>
  /** Its exit code, whoever still holds its stdout. */
  readonly exit: Promise<number | null>
}

/** How a call is started. */
export interface StartOptions {
  /** Nothing (`/dev/null`) by default. */
  readonly stdin?: 'ignore' | 'pipe'
  /** Whether its stdout is read from the beginning, which it is. */
  readonly read?: boolean
}

const node = [process.execPath, project.main]

/** The command for a shell. */
export const microapi = node.map((word) => `'${word}'`).join(' ')

/** Starts `microapi call`. It is killed behind the test, should it still run. */
export function startCall(args: readonly string[], options: StartOptions = {}): Calling {
  return start([...node, 'call', ...args], options)
}

/** Runs a line of the shell, in which `microapi` is the command. */
export function shell(line: string, options: StartOptions = {}): Calling {
  return start(['bash', '-c', `microapi() { ${microapi} "$@"; }\n${line}`], options)
}

/** Runs `microapi call` to its end, with `input` on its stdin. */
export function call(args: readonly string[], input?: string): Promise<Ran> {
  const calling = startCall(args, { stdin: input === undefined ? 'ignore' : 'pipe' })
  calling.child.stdin?.end(input)
  return calling.ran
}

/** The same in a process that runs other calls too: where neither signals, nor what is read when, nor its end matter. */
export function callShared(args: readonly string[], input = ''): Promise<Ran> {
  return runShared({ home: '.', args: ['call', ...args], input })
}

function start(
  [command, ...args]: readonly string[],
  { stdin = 'ignore', read = true }: StartOptions,
): Calling {
  // A group of its own: a shell is killed with what it runs.
  const child = spawn(command!, args, { stdio: [stdin, 'pipe', 'pipe'], detached: true })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
  })
  const texts = ['', '']
  const collect = (i: 0 | 1): void => {
    const stream = i === 0 ? child.stdout! : child.stderr!
    stream.setEncoding('utf8').on('data', (text: string) => (texts[i] += text))
  }
  if (read) collect(0)
  collect(1)
  // It may end before it has read all.
  child.stdin?.on('error', () => {})
  return {
    child,
    out: () => texts[0]!,
    error: () => texts[1]!,
    read: () => collect(0),
    exit: new Promise((resolve) => void child.on('exit', resolve)),
    ran: new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exit) => resolve({ exit, out: texts[0]!, error: texts[1]! }))
    }),
  }
}
