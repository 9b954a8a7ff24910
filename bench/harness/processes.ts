import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { builtFile } from './build.ts'

const cores = availableParallelism()

/** Whether processes can be bound to cores; elsewhere than on Linux the figures are noisier, and the report says so. */
export const pinned = cores > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** Where servers run, and where what loads them runs. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** A process of ours that answers questions one at a time. */
export interface Worker {
  ask<Answer>(question: unknown): Promise<Answer>
  stop(): Promise<void>
}

type Answer = { value: unknown } | { error: string }

// Garbage is collected on demand where memory is asked for, and nowhere else: that throws compiled code away.
const node = [process.execPath, '--expose-gc'] as const

const command = (core: number, args: string[]): [string, string[]] => {
  const [file, ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node
  return [file, [...rest, ...args]]
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  if (child.connected) child.disconnect()
  await exit
  clearTimeout(timer)
}

/** Starts a built module as a process of its own on one core. It ends when stopped, or when this process ends. */
export const startWorker = (module: string, core: number, args: readonly string[] = []): Worker => {
  const [file, fileArgs] = command(core, [builtFile(module), ...args])
  const child = spawn(file, fileArgs, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return {
    ask: async <T>(question: unknown): Promise<T> => {
      const answer = new Promise<Answer>((resolve, reject) => {
        const gone = (code: number | null) =>
          reject(new Error(`${module} ${args.join(' ')} ended with ${code}`))
        child.once('exit', gone).once('message', (message) => {
          child.off('exit', gone)
          resolve(message as Answer)
        })
      })
      child.send(question as object)
      const settled = await answer
      if ('error' in settled) throw new Error(`${module} ${args.join(' ')}: ${settled.error}`)
      return settled.value as T
    },
    stop: () => stop(child),
  }
}

/** The other side of `startWorker`: answers each message of the parent, and ends with it. */
export const answerParent = (answer: (question: never) => unknown): void => {
  process.on('message', async (question) => {
    try {
      process.send?.({ value: await answer(question as never) })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}
