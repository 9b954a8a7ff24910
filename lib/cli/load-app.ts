import type { ServicesSource } from '../generate/json-schema/source.ts'
import { runtimeOf, type App } from '../server/app.ts'
import { parseAppArgument, type AppArgument } from './app-argument.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'
import { loadModule, type Exports } from './load-module.ts'
import { isApp, isContract, isService } from './shape.ts'

/** What a command line's `<app>` led to. */
export interface LoadedApp {
  /** The app or the contract. */
  readonly source: ServicesSource
  /** The file that it stands in, as it was given. */
  readonly file: string
  /** Whether it is an app that another copy of this package made, which only describes itself here. */
  readonly isForeign: boolean
}

/**
 * Loads `path/to/file.ts:app`, or what a factory `file.ts:createApp()` makes. Throws a CommandError, with the way out, for
 * whatever is no app and no contract.
 */
export async function loadApp(argument: string): Promise<LoadedApp> {
  const wanted = parseAppArgument(argument)
  const source = await valueOf(wanted, await loadModule(wanted.file))
  const { file } = wanted
  if (isApp(source)) return { source, file, isForeign: !isOurs(source) }
  if (isContract(source)) return { source, file, isForeign: false }
  throw wrongUsage(complaint(argument, source))
}

async function valueOf({ file, name, isFactory }: AppArgument, module: Exports): Promise<unknown> {
  if (!Object.hasOwn(module, name)) {
    const others = Object.keys(module)
    const found = others.length === 0 ? 'it exports nothing' : `it exports ${others.join(', ')}`
    throw wrongUsage(
      `${file} has no export "${name}": ${found}; name one of them, as in ${file}:${others[0] ?? 'app'}`,
    )
  }
  const value = module[name]
  if (!isFactory) return await value
  if (typeof value !== 'function')
    throw wrongUsage(`"${name}" in ${file} is no function; write ${file}:${name} without ()`)
  try {
    return (await value()) as unknown
  } catch (error) {
    throw failure(`${name}() in ${file} failed: ${oneLine(error)}; --trace shows where`, error)
  }
}

function complaint(argument: string, value: unknown): string {
  if (typeof value === 'function')
    return `${argument} is a function; write ${argument}() to have it make the app`
  if (isService(value))
    return `${argument} is one service, which has no name yet; export { name: service } or createApp({ services: { name: service } })`
  return `${argument} is no app and no contract; export what createApp() returns, or an object of services by name`
}

function isOurs(app: App): boolean {
  try {
    runtimeOf(app)
    return true
  } catch {
    return false
  }
}
