/** The command as a process of its own, in a project of its own; and its command lines without a process. */
import { spawn } from 'node:child_process'
import type { EventEmitter } from 'node:events'
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
import { afterAll, onTestFinished } from 'vitest'
import { runProgram } from '../../lib/cli/program.ts'
import { project } from './installed.ts'
import { runShared, type Ran } from './shared-process.ts'

export type { Ran }

/** A folder with files, until the spec file has ended. It stands where packages are found. */
export interface Folder {
  readonly home: string
  /** Runs the command there, in a process of its own. */
  microapi(...args: readonly string[]): Promise<Ran>
  /** Runs the command there, in a process that runs others too, which costs a tenth: see `runShared` for what it is not for. */
  shared(...args: readonly string[]): Promise<Ran>
  read(file: string): string
  write(files: Readonly<Record<string, string>>): void
  list(folder?: string): string[]
}

/** Where a folder stands, and which command is run there: by default in a project with this package, and the command of that. */
export interface FolderOptions {
  readonly root?: string
  readonly main?: string
}

// Not behind each test: of the process that lines share, tsx goes on working in the folder that it was first loaded in.
const homes: string[] = []
afterAll(() => homes.forEach((home) => rmSync(home, { recursive: true, maxRetries: 5 })))

/** Makes a folder. */
export function folder(files: Readonly<Record<string, string>>, options: FolderOptions = {}): Folder {
  const { root = project.home, main = project.main } = options
  const home = mkdtempSync(path.join(root, 'cli-'))
  homes.push(home)
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
    shared: (...args) => runShared({ home, args, input: '' }),
    read: (file) => readFileSync(path.join(home, file), 'utf8'),
    write,
    list: (name = '.') => readdirSync(path.join(home, name)).toSorted(),
  }
}

/** What a command line listens to, and leaves to the end of its process. */
const listened: readonly (readonly [EventEmitter, event: string])[] = [
  [process, 'SIGHUP'],
  [process, 'SIGINT'],
  [process, 'SIGTERM'],
  [process.stdout, 'error'],
]

/**
 * Runs a command line in this process, for what it says before it loads an app or reads stdin: the texts and exit codes of many
 * mistakes, where one process shows what becomes of them.
 */
export async function runHere(args: readonly string[]): Promise<Ran> {
  let [out, error] = ['', '']
  const before = listened.map(([emitter, event]) => emitter.listeners(event))
  const exit = await runProgram(args, {
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (error += `${line}\n`),
  })
  for (const [i, [emitter, event]] of listened.entries())
    for (const listener of emitter.listeners(event))
      if (!before[i]!.includes(listener)) emitter.off(event, listener as (...args: unknown[]) => void)
  return { exit, out, error }
}

function run(cwd: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, args, {
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
  cpSync(project.installed, copy, { recursive: true })
  const manifest = path.join(copy, 'package.json')
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, JSON.stringify({ ...(JSON.parse(text) as object), version: '9.9.9' }))
  return path.join(copy, 'dist/cli/main.js')
}
