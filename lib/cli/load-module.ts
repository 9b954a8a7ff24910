import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { failure, oneLine, wrongUsage } from './failure.ts'
import { publicApi } from './public-api.ts'

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Imports a file as it is, TypeScript by tsx. Throws a CommandError for a file that is not there or fails to load, and where
 * tsx is not installed.
 */
export async function loadModule(file: string): Promise<Exports> {
  const full = path.resolve(file)
  if (!existsSync(full))
    throw wrongUsage(
      `there is no file ${file} in ${process.cwd()}; give the path of the app, as in src/app.ts:app`,
    )
  if (/\.[cm]?tsx?$/.test(full)) await runTypeScript(full, file)
  try {
    return exportsOf((await import(pathToFileURL(full).href)) as Exports)
  } catch (error) {
    throw failure(`${file} cannot be loaded: ${reason(error)}; --trace shows where`, error)
  }
}

/** What TypeScript becomes where package.json does not say "module" is CommonJS, which Node shows whole as the default. */
function exportsOf(module: Exports): Exports {
  const { default: whole } = module
  return typeof whole === 'object' && whole !== null && '__esModule' in whole ? whole : module
}

async function runTypeScript(full: string, file: string): Promise<void> {
  // Not tsImport(): what it loads is apart from all else, so that an app would not be known for one of this package.
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]).catch(
    (error: unknown) => {
      if (isMissing(error, 'tsx'))
        throw failure(
          `${file} is TypeScript, which tsx runs, and that is not installed: npm install -D tsx`,
          error,
        )
      throw error
    },
  )
  // Before tsx stands in the way of every file: most apps import it.
  await publicApi()
  const tsconfig = findUp(path.dirname(full), 'tsconfig.json')
  cjs.register()
  esm.register(tsconfig === undefined ? {} : { tsconfig })
}

function findUp(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, name)
    if (existsSync(file)) return file
    if (at === path.dirname(at)) return undefined
  }
}

function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  )
}

/** esbuild says on its first line how many errors there are, and then each with its place. */
function reason(error: unknown): string {
  const text =
    error instanceof Error ? error.message.replace(/^Transform failed with \d+ errors?:\n/, '') : ''
  return error instanceof Error ? `${error.name}: ${oneLine(text)}` : oneLine(error)
}
