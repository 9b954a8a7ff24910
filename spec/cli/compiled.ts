/** TypeScript as JavaScript, which Node runs beside the package as a user has it in a third of the time that tsx takes. */
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { project } from './installed.ts'

/**
 * Copies a folder into the project in which the package is installed, in place of what has that name there, and compiles its
 * TypeScript without a look at types. Gives the copy; throws where TypeScript finds no sense in a file.
 */
export function compileFolder(from: string, name: string): string {
  const to = path.join(project.home, name)
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true })
  const config = {
    extends: path.resolve('tsconfig.json'),
    include: ['.'],
    // Each file by itself: what it imports is found when it runs, this package where it is installed.
    compilerOptions: { noEmit: false, noCheck: true, noResolve: true, paths: {} },
  }
  writeFileSync(path.join(to, 'tsconfig.json'), JSON.stringify(config))
  const args = ['node_modules/typescript/bin/tsc', '-p', to]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${from} cannot be compiled: ${stdout}`)
  return to
}
