/** The command as a process of its own, in a project of its own. */
import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** What the command has written, and its exit code. */
export interface Ran {
  readonly exit: number | null
  readonly out: string
  readonly error: string
}

/** A folder with files, until the test has finished. It stands inside of this project, so that packages are found. */
export interface Folder {
  readonly home: string
  /** Runs the command there. */
  microapi(...args: readonly string[]): Promise<Ran>
  read(file: string): string
  write(files: Readonly<Record<string, string>>): void
  list(folder?: string): string[]
}

const cache = path.resolve('.cache')
const tsx = path.resolve('node_modules/tsx/dist/loader.mjs')

/** Where a folder stands, and which command is run there: in this project's cache and this one's by default. */
export interface FolderOptions {
  readonly root?: string
  readonly main?: string
}

/** Makes a folder. */
export function folder(files: Readonly<Record<string, string>>, options: FolderOptions = {}): Folder {
  const { root = cache, main = path.resolve('lib/cli/main.ts') } = options
  mkdirSync(root, { recursive: true })
  const home = mkdtempSync(path.join(root, 'cli-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const write: Folder['write'] = (more) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
      writeFileSync(path.join(home, name), text)
    }
  }
  write(files)
  return {
    home,
    microapi: (...args) => run(home, [main, ...args]),
    read: (file) => readFileSync(path.join(home, file), 'utf8'),
    write,
    list: (name = '.') => readdirSync(path.join(home, name)).toSorted(),
  }
}

function run(cwd: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', tsx, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    const texts = ['', '']
    for (const [i, stream] of [child.stdout, child.stderr].entries())
      stream.setEncoding('utf8').on('data', (text: string) => (texts[i] += text))
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, out: texts[0]!, error: texts[1]! }))
  })
}

/**
 * Puts another copy of this package into a folder, as its `node_modules/microapi-ts`. Gives the path of its command.
 * What it depends on is there too, apart from `without`.
 */
export function copyPackage(home: string, without: readonly string[] = []): string {
  const modules = path.join(home, 'node_modules')
  mkdirSync(modules, { recursive: true })
  for (const name of readdirSync('node_modules'))
    if (!name.startsWith('.') && !without.includes(name))
      symlinkSync(path.resolve('node_modules', name), path.join(modules, name))
  const copy = path.join(modules, 'microapi-ts')
  cpSync('lib', path.join(copy, 'lib'), { recursive: true })
  const manifest = {
    name: 'microapi-ts',
    version: '9.9.9',
    type: 'module',
    exports: { '.': './lib/index.ts', './package.json': './package.json' },
  }
  writeFileSync(path.join(copy, 'package.json'), JSON.stringify(manifest))
  return path.join(copy, 'lib/cli/main.ts')
}
