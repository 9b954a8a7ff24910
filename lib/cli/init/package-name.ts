import { isBuiltin } from 'node:module'
import { wrongUsage } from '../failure.ts'

const allowed = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/
const longest = 214

/**
 * Throws a CommandError, with a name that would do, for what npm takes as no package's name.
 * @see https://docs.npmjs.com/cli/configuring-npm/package-json#name
 */
export function checkName(name: string): void {
  const why = complaint(name)
  if (why === undefined) return
  const other = suggestion(name)
  throw wrongUsage(`${JSON.stringify(name)} is no name for a package: ${why}; try ${other}`)
}

function complaint(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > longest) return `it has more than ${longest} characters`
  if (!allowed.test(name))
    return 'npm allows lower-case letters, digits, "-", "." and "_", not "." or "_" as the first, and @scope/ before it'
  if (isBuiltin(name)) return 'a module of Node is called so'
  if (['node_modules', 'favicon.ico', 'microapi-ts'].includes(name)) return 'it is taken'
  return undefined
}

function suggestion(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '')
    .slice(0, longest)
  return plain !== '' && complaint(plain) === undefined
    ? plain
    : `${plain.slice(0, longest - 8) || 'my'}-service`
}
