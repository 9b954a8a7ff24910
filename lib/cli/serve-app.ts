import { describing } from '../core/describe.ts'
import type { App } from '../server/app.ts'
import type { Server, ServeOptions } from '../server/serve.ts'
import { wrongUsage } from './failure.ts'
import { foreignCopyNote } from './foreign-copy.ts'
import { listenFailure } from './listen-failure.ts'
import { loadApp } from './load-app.ts'
import { openTransport } from './open-transport.ts'
import { publicApiOf } from './public-api.ts'
import type { RunFiles } from './run-files.ts'
import { isApp } from './shape.ts'
import type { Terminal } from './terminal.ts'

/** Where and how to serve. */
export interface ServeAppOptions extends Omit<ServeOptions, 'describe'> {
  readonly urls: readonly string[]
  /** Whether the server describes itself; `where free`: unless the app has a service where it would. */
  readonly describe?: boolean | 'where free'
  /** What is written of the app before it is served. */
  readonly files?: RunFiles
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
  { urls, onLoaded, files, describe = false, ...options }: ServeAppOptions,
  terminal: Terminal,
): Promise<ServedApp> {
  const { source, file, isForeign } = await loadApp(argument)
  if (!isApp(source))
    throw wrongUsage(
      `${argument} is a contract, which answers no calls; name an app: what createApp({ services }) returns`,
    )
  if (isForeign) terminal.warn(`microapi: ${foreignCopyNote(file)}`)
  if (files) {
    const { writeRunFiles } = await import('./run-files.ts')
    await writeRunFiles({ source, file, isForeign }, files, terminal)
  }
  const api = await publicApiOf(source, file)
  const transports = await Promise.all(urls.map((url) => openTransport(api.registry, url)))
  onLoaded?.()
  try {
    const isFree = !Object.hasOwn(source.services, describing.service)
    const described = { ...options, describe: describe === 'where free' ? isFree : describe }
    return { app: source, server: await api.serve(source, transports, described) }
  } catch (error) {
    throw listenFailure(argument, urls, error)
  }
}
