import cluster from 'node:cluster'
import process from 'node:process'
import { bannerOf } from './banner.ts'
import { runGeneration } from './generation.ts'
import { listenUrls, type ListenOptions } from './listen-urls.ts'
import { isLogged, setLogLevel, type LogLevel } from './log-level.ts'
import { saySoon } from './say-soon.ts'
import { serveApp } from './serve-app.ts'
import { superviseApp } from './supervise.ts'
import type { Terminal } from './terminal.ts'

/** How an app is run. */
export interface RunAppOptions extends ListenOptions {
  readonly reload?: boolean
  readonly logLevel: LogLevel
  readonly trace?: boolean
}

/** Serves an app until a signal ends it. Throws a CommandError where it cannot be served. */
export async function runApp(argument: string, options: RunAppOptions, terminal: Terminal): Promise<void> {
  const { reload = false, logLevel, trace = false } = options
  const urls = listenUrls(options)
  setLogLevel(logLevel)
  const print = isLogged('info', logLevel) ? terminal.print : () => {}
  if (!reload) return serveOnce(argument, urls, { ...terminal, print })
  if (cluster.isWorker) return runGeneration(argument, urls, terminal)
  return superviseApp(argument, { ...terminal, print }, { trace })
}

async function serveOnce(argument: string, urls: readonly string[], terminal: Terminal): Promise<void> {
  const served = await serveApp(argument, { urls }, terminal)
  for (const line of bannerOf(argument, served)) terminal.print(line)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => saySoon(terminal))
  await served.server.closed
}
