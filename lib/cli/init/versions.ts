import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { wrongUsage } from '../failure.ts'

interface Manifest {
  readonly version: string
  readonly engines: { readonly node: string }
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The package that is running. */
export function ownManifest(): Manifest {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return JSON.parse(text) as Manifest
}

/** The versions of other packages that this one was made and tested with, as a project is to ask for them. */
export function versionsOf(names: readonly string[]): Readonly<Record<string, string>> {
  const { peerDependencies, devDependencies } = ownManifest()
  return Object.fromEntries(
    names.map((name) => {
      const found = peerDependencies[name] ?? devDependencies[name]
      if (found === undefined) throw new TypeError(`package.json names no version of ${name}`)
      return [name, /^\d/.test(found) ? `^${found}` : found]
    }),
  )
}

/**
 * What a project in a folder is to ask npm for; a file by its way from that folder, as npm reads it, so that both may be moved
 * together. Throws a CommandError for a tarball that is not there.
 */
export function packageSpec(given: string | undefined, folder: string): string {
  if (given === undefined) return `^${ownManifest().version}`
  if (!/\.(tgz|tar\.gz)$/.test(given) || /^https?:/.test(given)) return given
  const file = path.resolve(given.replace(/^file:/, ''))
  if (!existsSync(file))
    throw wrongUsage(`there is no file ${file}; npm pack in a checkout of microapi-ts makes one`)
  return `file:${path.relative(folder, file).replaceAll(path.sep, '/')}`
}
