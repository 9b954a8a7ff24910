import { compileSchema } from '../../core/schema/compile.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import { apiOf, type NamedMethod } from '../../generate/json-schema/source.ts'
import { foreignCopyNote } from '../foreign-copy.ts'
import { loadSource } from '../load-source.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Loads what `--app` names: an app, a contract, a saved description, or the URL of a server that describes itself. Throws a CommandError for
 * what is none; undefined where nothing is named.
 */
export async function loadDescription(
  argument: string | undefined,
  terminal: Terminal,
): Promise<Description | undefined> {
  if (argument === undefined) return undefined
  const { source, file, isForeign } = await loadSource(argument)
  if (isForeign && file !== undefined) terminal.warn(`microapi: ${foreignCopyNote(file)}`)
  const methods = apiOf(source).methods.map(describe)
  const byName = new Map(methods.map((one) => [`${one.service}.${one.name}`, one]))
  return {
    methods,
    find: (service, method) => byName.get(`${service}.${method}`),
    ready: () => true,
    onReady: () => () => {},
  }
}

function describe(method: NamedMethod): MethodDescription {
  // As JSON has them, schemas are plain objects.
  const given = method as Omit<MethodDescription, 'compiled'>
  return {
    ...given,
    // Compiled when the first of its messages is looked at.
    get compiled() {
      return { input: compileSchema(given.input), output: compileSchema(given.output) }
    },
  }
}
