import path from 'node:path'
import { generateClient } from '../generate/client/client.ts'
import { failure, oneLine } from './failure.ts'
import type { LoadedSource } from './load-source.ts'
import type { OutputFiles } from './output-files.ts'

/** Where a client goes, and what it is called. */
export interface ClientPlace {
  readonly out: string
  /** `api` where it is not said. */
  readonly name?: string | undefined
}

/** Makes a TypeScript client of an app or what describes one. Throws a CommandError where it cannot be made. */
export async function makeClient(
  load: () => Promise<LoadedSource>,
  { out, name }: ClientPlace,
): Promise<OutputFiles> {
  const { source } = await load()
  try {
    const made = generateClient(source, name === undefined ? {} : { name })
    const files = Object.entries(made).map(([file, text]) => ({ path: path.join(out, file), text }))
    return { files, leftOver: [] }
  } catch (error) {
    // It names the place and the way out.
    throw failure(oneLine(error), error)
  }
}
