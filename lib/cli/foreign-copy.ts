import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Says that an app comes from another copy of this package than the command does, and where the two stand. */
export function foreignCopyNote(file: string): string {
  const here = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '')
  const there = homeOf(file)
  if (there === here)
    return `note: ${file} loads microapi-ts once more, as CommonJS; with "type": "module" in its package.json there is one`
  const where = there === undefined ? '' : `, in ${there}`
  return `note: ${file} uses another copy of microapi-ts${where}; this command is the one in ${here}; should they be of different versions, run that copy's`
}

function homeOf(file: string): string | undefined {
  try {
    return path.dirname(createRequire(path.resolve(file)).resolve('microapi-ts/package.json'))
  } catch {
    return undefined
  }
}
