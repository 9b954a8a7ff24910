/** Programs of others, which come in Debian's packages. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { describeWhereThere } from '../../describe-where-there.ts'

/** Where programs are looked for: some of Debian's stand where a user's PATH does not lead. */
export const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** A program, and the package that brings it. */
export interface Tool {
  readonly command: string
  readonly debian: string
}

/** Describes what a tool does. */
export function describeTool({ command, debian }: Tool, body: () => void): void {
  const { error } = spawnSync(command, ['--help'], { stdio: 'ignore', env: environment })
  const missing = error && { reason: `${command} is missing: apt-get install ${debian}` }
  describeWhereThere(command, missing, body)
}

/** What a program has written, and its exit code; 128 where a signal ended it. */
export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. It is killed when the test is over. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(env && { env: { ...process.env, ...env } }),
  })
  onTestFinished(() => kill(child))
  return new Promise((resolve, reject) => {
    const texts = ['', '']
    for (const [i, stream] of [child.stdout, child.stderr].entries())
      stream.setEncoding('utf8').on('data', (text: string) => (texts[i] += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ exit: code ?? 128, stdout: texts[0]!, stderr: texts[1]! }))
  })
}

/** Ends a process, and waits for that. */
export function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}
