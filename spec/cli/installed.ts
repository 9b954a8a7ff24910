/** The package as a user has it: compiled, and installed in a project, which stands in .cache/ and in which the command is run. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** A project with the package in it. */
export interface Project {
  readonly home: string
  /** Where the package stands there. */
  readonly installed: string
  /** What `microapi` runs. */
  readonly main: string
}

const cache = path.resolve('.cache/command')
const dayMs = 86_400_000

/** Compiled once for each state of the sources: the folder is called by their digest, so that nobody finds an older one. */
export const project = projectAt(path.join(cache, digestOfSources()))

function projectAt(home: string): Project {
  const installed = path.join(home, 'node_modules/microapi-ts')
  if (!existsSync(home)) install(home)
  return { home, installed, main: path.join(installed, 'dist/cli/main.js') }
}

function install(home: string): void {
  mkdirSync(cache, { recursive: true })
  removeUnused()
  // Under another name until it is whole: other spec files look for it at the same time.
  const making = mkdtempSync(path.join(cache, 'making-'))
  const there = path.join(making, 'node_modules/microapi-ts')
  // Neither a name, by which it would find the package above it first, nor the paths of the tsconfig.json there.
  writeFileSync(path.join(making, 'package.json'), '{ "type": "module" }')
  writeFileSync(path.join(making, 'tsconfig.json'), '{}')
  mkdirSync(there, { recursive: true })
  copyFileSync('package.json', path.join(there, 'package.json'))
  compile(path.join(there, 'dist'))
  try {
    renameSync(making, home)
  } catch (error) {
    rmSync(making, { recursive: true })
    if (!existsSync(home)) throw error
  }
}

/** As `npm run build` does, without the types, which are of no use to who runs it. */
function compile(out: string): void {
  const less = ['--declaration', '--declarationMap', '--sourceMap', '--inlineSources'].flatMap((flag) => [
    flag,
    'false',
  ])
  const args = ['node_modules/typescript/bin/tsc', '-p', 'lib', '--outDir', out, '--noCheck', ...less]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`lib/ cannot be compiled: ${stdout}`)
}

function digestOfSources(): string {
  const hash = createHash('sha256')
  const sources = readdirSync('lib', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  for (const file of ['package.json', 'tsconfig.json', ...sources.toSorted()])
    hash.update(`${file}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/** Removes what no run has used for a day; each use makes folders in it. */
function removeUnused(): void {
  for (const name of readdirSync(cache)) {
    const home = path.join(cache, name)
    const { mtimeMs } = statSync(home, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > dayMs) rmSync(home, { recursive: true, force: true })
  }
}
