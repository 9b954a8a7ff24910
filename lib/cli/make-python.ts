import path from 'node:path'
import { generatePython, pythonMark } from '../generate/python/python.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'
import type { LoadedSource } from './load-source.ts'
import { leftOver, type OutputFile, type OutputFiles } from './output-files.ts'

/** Where a Python package goes: a folder whose name is the package's. */
export interface PythonPlace {
  readonly out: string
}

/** Makes a Python package that calls an app, of it or what describes it. Throws a CommandError where it cannot be made. */
export async function makePython(
  load: () => Promise<LoadedSource>,
  { out }: PythonPlace,
): Promise<OutputFiles> {
  const name = path.basename(path.resolve(out))
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw wrongUsage(
      `${out}: the folder is the Python package, and "${name}" is no name of one; use letters, digits and "_", as in -o ${name.replaceAll(/\W+/g, '_')}`,
    )
  const { source } = await load()
  const files = made(source, out)
  const old = await leftOver(out, { extension: '.py', mark: pythonMark, files })
  // What stands in folders below is another package.
  return { files, leftOver: old.filter((file) => path.dirname(file) === path.normalize(out)) }
}

function made(source: LoadedSource['source'], out: string): readonly OutputFile[] {
  try {
    return Object.entries(generatePython(source)).map(([file, text]) => ({
      path: path.join(out, file),
      text,
    }))
  } catch (error) {
    // It names the place and the way out.
    throw failure(oneLine(error), error)
  }
}
