import { spawnSync } from 'node:child_process'
import { rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const bench = join(import.meta.dirname, '..')
const root = join(bench, '..')
const link = join(bench, 'node_modules', 'microapi-ts')

const run = (command: string, args: string[]): void => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

const changedAt = (...path: string[]): number =>
  statSync(join(bench, ...path), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** npm leaves a copy of the lock file behind when it has installed it. */
const installed = (): boolean =>
  changedAt('node_modules', '.package-lock.json') > changedAt('package-lock.json')

/**
 * Installs the peers on the first run and when their lock file has changed, builds the package and links it by its name, as an application would have it.
 * A link made here, since `file:..` in package.json would copy the root's dependencies into bench/'s lock file.
 */
export const install = (options: { build: boolean }): void => {
  if (!installed()) run('npm', ['ci', '--prefix', bench, '--no-audit', '--no-fund'])
  if (options.build) run('npm', ['run', '--silent', 'build'])
  rmSync(link, { force: true })
  symlinkSync(join('..', '..'), link, 'dir')
}
