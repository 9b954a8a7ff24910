import cluster from 'node:cluster'
import process from 'node:process'
import { bannerOf } from './banner.ts'
import { wrongUsage } from './failure.ts'
import { runGeneration } from './generation.ts'
import { listenUrls, type ListenOptions } from './listen-urls.ts'
import { isLogged, type LogLevel } from './log-level.ts'
import type { RunFiles } from './run-files.ts'
import { startLog } from './run-log.ts'
import { saySoon } from './say-soon.ts'
import { serveApp, type ServeAppOptions } from './serve-app.ts'
import { superviseApp } from './supervise.ts'
import type { Terminal } from './terminal.ts'

/** How an app is run. */
export interface RunAppOptions extends ListenOptions, RunFiles {
  readonly reload?: boolean
  readonly logLevel: LogLevel
  /** Whether the server describes itself; under `reload` it does. */
  readonly describe?: boolean
  readonly trace?: boolean
  /** How long readiness is false before no more calls are taken, in ms. */
  readonly drainDelay?: number
  /** How long calls in flight may go on at the end, in ms. */
  readonly grace?: number
}

/** Serves an app until a signal ends it. Throws a CommandError where it cannot be served. */
export async function runApp(argument: string, options: RunAppOptions, terminal: Terminal): Promise<void> {
  const { reload = false, logLevel, describe = false, trace = false, drainDelay, grace } = options
  if (reload && drainDelay !== undefined)
    throw wrongUsage(
      '--drain-delay is for what finds a server by its readiness, and with --reload the next one takes over at once; leave one of them out',
    )
  const urls = listenUrls(options)
  // A log of the app's own may go by it, and the processes that this one starts do.
  process.env['MICROAPI_LOG_LEVEL'] = logLevel
  const quiet = isLogged('info', logLevel) ? terminal : { ...terminal, print: () => {} }
  if (reload && !cluster.isWorker) return superviseApp(argument, quiet, { trace, graceMs: grace })
  const { generateLib, generateProtos } = options
  const given = {
    ...(await startLog(logLevel)),
    ...(drainDelay !== undefined && { drainDelayMs: drainDelay }),
    ...(grace !== undefined && { graceMs: grace }),
    ...((generateLib !== undefined || generateProtos) && { files: options }),
  }
  if (reload) return runGeneration(argument, urls, quiet, given)
  return serveOnce(argument, { urls, describe, ...given }, quiet)
}

async function serveOnce(argument: string, options: ServeAppOptions, terminal: Terminal): Promise<void> {
  const served = await serveApp(argument, options, terminal)
  for (const line of bannerOf(argument, served)) terminal.print(line)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => saySoon(terminal))
  await served.server.closed
}
