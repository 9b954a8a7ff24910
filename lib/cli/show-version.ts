import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { alignRows } from './align-rows.ts'
import type { Terminal } from './terminal.ts'

/** How versions are shown. */
export interface VersionOptions {
  /** As JSON, for programs. */
  readonly json?: boolean
}

/** What runs, and the packages that a project has; null for one that it lacks. */
export interface Versions {
  readonly microapi: string
  readonly node: string
  readonly platform: string
  readonly packages: Readonly<Record<string, string | null>>
}

interface Manifest {
  readonly name?: string
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Shows the versions of what runs here and of what the project in this folder has. */
export function showVersion({ json }: VersionOptions, terminal: Terminal): void {
  const versions = versionsIn(process.cwd())
  if (json === true) return terminal.print(JSON.stringify(versions, null, 2))
  const { microapi, node, platform, packages } = versions
  const rows: readonly (readonly [string, string])[] = [
    ['microapi-ts', microapi],
    ['node', `${node} (${platform})`],
    ...Object.entries(packages).map(([name, version]) => [name, version ?? 'not installed'] as const),
  ]
  for (const line of alignRows(rows.map(([name, version]) => ({ cells: [[name], [version]] }))))
    terminal.print(line)
}

/** The versions of what a folder's project has. */
function versionsIn(folder: string): Versions {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest
  const names = Object.keys(own.peerDependencies ?? {})
  return {
    microapi: own.version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    packages: Object.fromEntries(names.map((name) => [name, versionOf(name, folder)])),
  }
}

/** The version of the package that a file in the folder would import; null for none. Not every package exports its package.json. */
function versionOf(name: string, folder: string): string | null {
  const require = createRequire(path.join(folder, 'package.json'))
  for (const place of require.resolve.paths(name) ?? []) {
    try {
      const text = readFileSync(path.join(place, name, 'package.json'), 'utf8')
      return (JSON.parse(text) as Manifest).version
    } catch {
      // It is not there; perhaps further up.
    }
  }
  return null
}
