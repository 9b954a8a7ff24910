import type { App } from '../server/app.ts'
import type { Server, ServeOptions } from '../server/serve.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'
import { foreignCopyNote } from './foreign-copy.ts'
import { listenFailure } from './listen-failure.ts'
import { loadApp } from './load-app.ts'
import { publicApiOf, type PublicApi } from './public-api.ts'
import { isApp } from './shape.ts'
import type { Terminal } from './terminal.ts'

/** Where and how to serve. */
export interface ServeAppOptions extends ServeOptions {
  readonly urls: readonly string[]
  /** Hears that the app is loaded and begins to start. */
  readonly onLoaded?: () => void
}

/** An app that is being served. */
export interface ServedApp {
  readonly app: App
  readonly server: Server
}

/** Loads the app that a command line names, and serves it. Throws a CommandError with the way out where it cannot. */
export async function serveApp(
  argument: string,
  { urls, onLoaded, ...options }: ServeAppOptions,
  terminal: Terminal,
): Promise<ServedApp> {
  const { source, file, isForeign } = await loadApp(argument)
  if (!isApp(source))
    throw wrongUsage(
      `${argument} is a contract, which answers no calls; name an app: what createApp({ services }) returns`,
    )
  if (isForeign) terminal.warn(`microapi: ${foreignCopyNote(file)}`)
  const api = await publicApiOf(source, file)
  const transports = await Promise.all(urls.map((url) => open(api, url)))
  onLoaded?.()
  try {
    return { app: source, server: await api.serve(source, transports, options) }
  } catch (error) {
    throw listenFailure(argument, urls, error)
  }
}

async function open({ registry }: PublicApi, url: string): ReturnType<PublicApi['registry']['open']> {
  try {
    return await registry.open(url)
  } catch (error) {
    // It names the way out: another URL, or a package to be installed.
    throw error instanceof TypeError ? wrongUsage(oneLine(error)) : failure(oneLine(error), error)
  }
}
