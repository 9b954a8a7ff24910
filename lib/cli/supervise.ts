import path from 'node:path'
import process from 'node:process'
import { parseAppArgument } from './app-argument.ts'
import { CommandError } from './failure.ts'
import { saySoon } from './say-soon.ts'
import { startGeneration, type Generation } from './start-generation.ts'
import type { Terminal } from './terminal.ts'
import { watchFiles } from './watch-files.ts'

/** How an app is run. */
export interface SuperviseOptions {
  /** Whether failures show their stack. */
  readonly trace: boolean
  /** How long the calls of a generation that ends may go on, in ms. */
  readonly graceMs?: number | undefined
}

/** Why a generation was started, and when that came about. */
interface Cause {
  readonly file: string | undefined
  readonly at: number
}

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs an app, and anew when one of its files changes, until a signal ends it. The generation before serves until the next one
 * does, and then finishes its calls. Throws a CommandError where the first one can never serve; what fails later is told.
 */
export async function superviseApp(
  argument: string,
  terminal: Terminal,
  { trace, graceMs }: SuperviseOptions,
): Promise<void> {
  const all = new Set<Generation>()
  let serving: Generation | undefined
  let starting: Generation | undefined
  // Started ahead: what takes the longest is to start a process and to load what every app needs.
  let spare: Generation | undefined
  let whenAlone: (() => void) | undefined
  let patience: ReturnType<typeof setTimeout> | undefined
  let banner: string | undefined
  let interrupts = 0

  const files = watchFiles((file) => start({ file, at: performance.now() }), terminal.warn)
  files.add(path.resolve(parseAppArgument(argument).file))

  const { promise: ended, resolve, reject } = deferred()
  const start = (cause: Cause): void => {
    starting?.stop()
    whenAlone = undefined
    clearTimeout(patience)
    files.renew()
    const generation = spare ?? startGeneration(graceMs)
    spare = undefined
    all.add(generation)
    starting = generation
    generation.serve({
      onFile: files.add,
      onServing(lines) {
        if (generation !== starting) return
        serving?.stop()
        serving = generation
        starting = undefined
        tell(cause, lines)
      },
      onFailed({ message, stack, exitCode, isFinal }, isLoaded) {
        if (generation !== starting) return
        starting = undefined
        if (banner === undefined && isFinal)
          return reject(new CommandError(message, exitCode, cutFrom(stack)))
        // What it could not have may be what the one before still holds: a lock, a port that is not shared.
        if (isLoaded && all.size > 1) return startAlone(cause)
        report(message, stack)
      },
      onGone(exitCode) {
        all.delete(generation)
        if (generation === starting || generation === serving) {
          const when = generation === starting ? ' before it served' : ''
          serving = generation === serving ? undefined : serving
          starting = generation === starting ? undefined : starting
          report(`${argument} has ended${when}, with the exit code ${exitCode}`)
        }
        if (all.size === 0) whenAlone?.()
      },
    })
  }
  const startAlone = (cause: Cause): void => {
    serving?.stop()
    serving = undefined
    whenAlone = () => start(cause)
    patience = setTimeout(terminal.warn, 500, 'microapi: it starts when what was served before has ended')
  }
  const tell = ({ file, at }: Cause, lines: readonly string[]): void => {
    if (file !== undefined)
      terminal.print(
        `reloaded in ${Math.round(performance.now() - at)} ms: ${path.relative('.', file)} changed`,
      )
    if (banner !== lines.join('\n')) for (const line of lines) terminal.print(line)
    banner = lines.join('\n')
    spare ??= startGeneration(graceMs)
  }
  const report = (message: string, stack?: string): void => {
    files.isBroken = true
    terminal.warn(`microapi: ${message}`)
    if (trace && stack !== undefined) terminal.warn(stack)
    terminal.warn(`microapi: waiting for a change${serving ? '; what was served before goes on' : ''}`)
    spare ??= startGeneration(graceMs)
  }
  const onSignal = (): void => {
    if (++interrupts > 1) return all.forEach((generation) => generation.kill())
    files.close()
    clearTimeout(patience)
    serving = starting = undefined
    whenAlone = resolve
    spare?.kill()
    if (all.size === 0) return resolve()
    all.forEach((generation) => generation.stop())
    saySoon(terminal)
  }

  for (const signal of signals) process.on(signal, onSignal)
  start({ file: undefined, at: performance.now() })
  try {
    await ended
  } finally {
    files.close()
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/** An error with the stack of one in another process. */
function cutFrom(stack: string | undefined): Error | undefined {
  return stack === undefined ? undefined : Object.assign(new Error(stack.split('\n', 1)[0]), { stack })
}

function deferred(): {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
} {
  let resolve!: () => void
  let reject!: (error: Error) => void
  const promise = new Promise<void>((...both) => ([resolve, reject] = both))
  return { promise, resolve, reject }
}
