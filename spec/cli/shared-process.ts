/** One process for many command lines: most of what a line costs is to start Node and to load what every app needs. */
import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { project } from './installed.ts'

/** What a command has written, and its exit code. */
export interface Ran {
  readonly exit: number | null
  readonly out: string
  readonly error: string
}

/** What the process is sent. */
export interface CommandLine {
  /** The folder in which it is run. */
  readonly home: string
  readonly args: readonly string[]
  /** All of its stdin, which is a pipe then; nothing for '', as /dev/null. */
  readonly input: string
}

let started: Promise<ChildProcess> | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Runs a command line in the process of the installed command that all such lines of a spec file share, when those before have
 * ended. Not for an app that has changed since an earlier line loaded it: a process loads a file once.
 */
export function runShared(line: CommandLine): Promise<Ran> {
  let isOver = false
  const ran = last.then(async () => {
    const child = await (started ??= start())
    const answer = answerOf<Ran>(child)
    child.send(line)
    return answer
  })
  last = ran.catch(() => {}).then(() => (isOver = true))
  // A line that hangs takes no other test with it: the next one has another process.
  onTestFinished(async () => {
    if (!isOver) (await started)?.kill('SIGKILL')
  })
  return ran
}

async function start(): Promise<ChildProcess> {
  const program = path.join(path.dirname(project.main), 'program.js')
  const child = fork('spec/cli/shared-process.mjs', [program], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.once('exit', () => (started = undefined))
  await answerOf<'ready'>(child)
  return child
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the process has ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('exit', onExit)
      resolve(answer as Answer)
    })
  })
}

afterAll(async () => void (await started)?.kill())
