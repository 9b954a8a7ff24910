import path from 'node:path'
import { describeApp } from './app-description.ts'
import { documentFile } from './document-file.ts'
import type { LoadedSource } from './load-source.ts'
import type { OutputFiles } from './output-files.ts'

/** Where a description goes. */
export interface DescriptionPlace {
  readonly out: string
}

/** Makes the `description.json` of an app, which commands take in its place. Throws a CommandError where it cannot be made. */
export async function makeDescription(
  load: () => Promise<LoadedSource>,
  { out }: DescriptionPlace,
): Promise<OutputFiles> {
  const { source } = await load()
  const { files } = documentFile(path.join(out, 'description.json'), () => describeApp(source))
  // Properties have their numbers in protobuf by their order, which counts here.
  return {
    files: files.map((file) => ({ ...file, isSame: (onDisk) => compact(onDisk) === compact(file.text) })),
    leftOver: [],
  }
}

/** JSON, however it is laid out. */
function compact(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return undefined
  }
}
