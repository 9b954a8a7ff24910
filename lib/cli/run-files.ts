import { makeClient } from './make-client.ts'
import { makeProto } from './make-proto.ts'
import { makePython } from './make-python.ts'
import type { libLanguages } from './lib-languages.ts'
import type { LoadedApp } from './load-app.ts'
import { writeOutput } from './output-files.ts'
import type { Terminal } from './terminal.ts'

/** What is written of an app whenever it begins to run. */
export interface RunFiles {
  /** A client library, in this language. */
  readonly generateLib?: (typeof libLanguages)[number]
  /** The folder of the library; Python's package has its name. */
  readonly libDir: string
  /** .proto files, and the lock of their field numbers. */
  readonly generateProtos?: boolean
  readonly protosDir: string
}

/**
 * Writes what was asked for of an app, and says what has changed. What is on disk as it should be is left alone: an app may
 * import it, and would begin anew for ever. Throws a CommandError where something cannot be made, and writes nothing then.
 */
export async function writeRunFiles(app: LoadedApp, options: RunFiles, terminal: Terminal): Promise<void> {
  const { generateLib, libDir, generateProtos = false, protosDir } = options
  const load = async (): Promise<LoadedApp> => app
  const made = [
    ...(generateLib === undefined
      ? []
      : [await (generateLib === 'python' ? makePython : makeClient)(load, { out: libDir })]),
    ...(generateProtos ? [await makeProto(load, { out: protosDir })] : []),
  ]
  for (const file of made.flatMap(({ files }) => files))
    if (await writeOutput(file)) terminal.print(`wrote ${file.path}`)
  for (const file of made.flatMap(({ leftOver }) => leftOver))
    terminal.print(`left over ${file}: no service is in it any more; delete it`)
}
