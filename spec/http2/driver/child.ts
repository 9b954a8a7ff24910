import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { kill } from '../interop/tools.ts'

/** A program of ours in a process of its own, until the test is over. */
export interface Child {
  readonly process: ChildProcess
  /** The next thing that it says; rejects when it ends before. */
  hear<T>(): Promise<T>
  say(message: string): void
}

/** Starts a file of `fixtures/` in which the garbage collector can be called, and as many files may be open as the system lets. */
export function startChild(name: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
  const command = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'
  const node = [process.execPath, '--expose-gc', '--import', 'tsx', file, ...args]
  const child = spawn('bash', ['-c', command, 'bash', ...node], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(() => kill(child))
  const heard: unknown[] = []
  let wake = (): void => {}
  child.on('message', (message) => {
    heard.push(message)
    wake()
  })
  child.on('exit', () => wake())
  return {
    process: child,
    say: (message) => void child.send(message),
    async hear<T>() {
      for (;;) {
        if (heard.length > 0) return heard.shift() as T
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${name} ended with ${child.exitCode}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
