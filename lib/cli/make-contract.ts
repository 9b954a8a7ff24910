import path from 'node:path'
import { fromProto, type FromProtoOptions } from '../generate/contract/from-proto.ts'
import { failure, oneLine } from './failure.ts'
import type { OutputFiles } from './output-files.ts'
import { readProtoSources } from './proto-sources.ts'

/** Where a contract goes, and how it is made. */
export interface ContractPlace extends FromProtoOptions {
  readonly out: string
  /** Folders that imports are looked for in; the file's own when it is not said. */
  readonly include?: readonly string[] | undefined
}

/** Makes the TypeScript of a contract: of a .proto file and what it imports, or of a descriptor set. */
export async function makeContract(
  file: string,
  { out, include, ...options }: ContractPlace,
): Promise<OutputFiles> {
  const { sources, missing } = await readProtoSources(file, include)
  const text = await fromProto(sources, options).catch((error: unknown) => {
    const hint = missing.length === 0 ? '' : `; ${missing.join(', ')} was not found: -I says where to look`
    // Of .proto files it names the one; a descriptor set it knows as bytes.
    const place = sources instanceof Uint8Array ? `${file}: ` : ''
    throw failure(`${place}${oneLine(error)}${hint}`, error)
  })
  const name = `${path.basename(file).replace(/\.[^.]*$/, '')}.ts`
  return { files: [{ path: path.join(out, name), text }], leftOver: [] }
}
