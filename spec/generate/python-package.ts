/** A generated Python package on disk, run by Debian's own Python. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Missing } from '../describe-where-there.ts'

const python = '/usr/bin/python3'
const mypy = '/usr/bin/mypy'

/** Why no Python can be run here, if so. */
export const missingPython: Missing | undefined = existsSync(python)
  ? undefined
  : { reason: `${python} is not there` }

/** Why Python's types cannot be checked here, if so. */
export const missingMypy: Missing | undefined = existsSync(mypy)
  ? undefined
  : { reason: `${mypy} is not there: apt-get install mypy` }

/** A folder with a package in it; it is gone when the test is over. */
export interface PythonFolder {
  /** Runs a script that stands beside the package; gives what it prints, and throws what it complains of. */
  run(script: string, ...args: readonly string[]): Promise<string>
  /** What mypy says of the package and of scripts beside it. */
  check(scripts?: Readonly<Record<string, string>>): Promise<string>
}

/** What mypy has found out of Python's own library, which takes longer than a package. */
const mypyCache = path.resolve('.cache/mypy')

export function pythonFolder(name: string, files: Readonly<Record<string, string>>): PythonFolder {
  const home = mkdtempSync(path.join(tmpdir(), 'microapi-python-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(path.join(home, name))
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(home, name, file), text)
  return {
    async run(script, ...args) {
      writeFileSync(path.join(home, 'script.py'), script)
      const { exit, out, error } = await ran(python, ['script.py', ...args], home)
      if (exit !== 0 || error !== '') throw new Error(`python ended with ${exit}:\n${error}\n${out}`)
      return out
    },
    async check(scripts = {}) {
      for (const [file, text] of Object.entries(scripts)) writeFileSync(path.join(home, file), text)
      const args = ['--strict', '--no-error-summary', '--cache-dir', mypyCache, name]
      const { out, error } = await ran(mypy, [...args, ...Object.keys(scripts)], home)
      return out + error
    },
  }
}

interface Ran {
  readonly exit: number | null
  readonly out: string
  readonly error: string
}

function ran(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'error' }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    const texts = ['', '']
    for (const [i, stream] of [child.stdout, child.stderr].entries())
      stream.setEncoding('utf8').on('data', (text: string) => (texts[i] += text))
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, out: texts[0]!, error: texts[1]! }))
  })
}
