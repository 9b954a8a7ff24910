import process from 'node:process'
import { parseAppArgument } from './app-argument.ts'
import { bannerOf } from './banner.ts'
import { CommandError, exitCodes, oneLine } from './failure.ts'
import {
  isOurs,
  type GenerationFailure,
  type GenerationMessage,
  type GenerationOrder,
} from './generation-message.ts'
import { isOfAddress } from './listen-failure.ts'
import { hearOfFiles } from './loaded-files.ts'
import { serveApp, type ServeAppOptions, type ServedApp } from './serve-app.ts'
import type { Terminal } from './terminal.ts'
import { warmUp } from './warm-up.ts'

/** Serves an app in a process of its own once the one that started it says so; never returns. */
export async function runGeneration(
  argument: string,
  urls: readonly string[],
  terminal: Terminal,
  given: Pick<ServeAppOptions, 'files' | 'use' | 'graceMs'>,
): Promise<void> {
  // They reach a terminal's whole group of processes; the parent then says what is to be done.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  await warmUp(parseAppArgument(argument).file, urls)
  let serving: Promise<ServedApp> | undefined
  process.on('message', (message) => {
    if (!isOurs(message)) return
    const order = message as GenerationOrder
    if (order.microapi === 'serve') serving ??= serveAndTell(argument, urls, terminal, given)
    else void serving?.then(end)
  })
  await send({ microapi: 'ready' })
  await new Promise(() => {})
}

async function serveAndTell(
  argument: string,
  urls: readonly string[],
  terminal: Terminal,
  given: Pick<ServeAppOptions, 'files' | 'use' | 'graceMs'>,
): Promise<ServedApp> {
  const tellFiles = hearOfFiles((file) => void send({ microapi: 'file', file }))
  const onLoaded = (): void => void send({ microapi: 'loaded' })
  try {
    const served = await serveApp(
      argument,
      { urls, signals: false, describe: 'where free', onLoaded, ...given },
      terminal,
    )
    tellFiles()
    await send({ microapi: 'serving', banner: bannerOf(argument, served) })
    return served
  } catch (error) {
    tellFiles()
    await send(failureOf(error, urls))
    return process.exit(exitCodes.failure)
  }
}

async function end({ server }: ServedApp): Promise<void> {
  await server.close()
  process.exit(exitCodes.ok)
}

function failureOf(error: unknown, urls: readonly string[]): GenerationFailure {
  const { exitCode = exitCodes.failure, cause = error } = error instanceof CommandError ? error : {}
  return {
    microapi: 'failed',
    message: oneLine(error),
    stack: cause instanceof Error ? cause.stack : undefined,
    exitCode,
    isFinal: exitCode === exitCodes.usage || isOfAddress(cause, urls),
  }
}

function send(message: GenerationMessage): Promise<void> {
  // Where the parent is gone there is nobody to tell, and Node ends this process.
  return new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve()))
}
