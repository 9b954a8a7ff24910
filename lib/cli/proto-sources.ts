import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { failure, wrongUsage } from './failure.ts'

/** What `fromProto` takes, and the imports that are in no folder. */
export interface ProtoSourceFiles {
  readonly sources: Readonly<Record<string, string>> | Uint8Array
  readonly missing: readonly string[]
}

/**
 * Reads a .proto file and, from the folders of `include`, what it imports; anything else is a descriptor set. Files are named
 * as protoc names them: by their paths in those folders.
 */
export async function readProtoSources(
  file: string,
  include: readonly string[] = [path.dirname(file)],
): Promise<ProtoSourceFiles> {
  if (!existsSync(file)) throw wrongUsage(`there is no file ${file}; give a .proto file or a descriptor set`)
  const bytes = await readFile(file).catch((error: Error) => {
    throw failure(`${file} cannot be read: ${error.message}`, error)
  })
  if (!file.endsWith('.proto')) return { sources: bytes, missing: [] }
  const texts = new Map<string, string>([[nameIn(include, file), bytes.toString()]])
  const missing: string[] = []
  // What is added on the way is walked too.
  for (const [, text] of texts) {
    for (const name of importsOf(text)) {
      if (texts.has(name) || missing.includes(name) || name.startsWith('google/protobuf/')) continue
      const found = include.map((folder) => path.join(folder, name)).find((one) => existsSync(one))
      if (found === undefined) missing.push(name)
      else texts.set(name, await readFile(found, 'utf8'))
    }
  }
  return { sources: Object.fromEntries(texts), missing }
}

function nameIn(include: readonly string[], file: string): string {
  const names = include.map((folder) => path.relative(folder, file).replaceAll(path.sep, '/'))
  return names.find((name) => !name.startsWith('../') && !path.isAbsolute(name)) ?? path.basename(file)
}

function importsOf(text: string): readonly string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
  const statements = code.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?(["'])(.+?)\1\s*;/gm)
  return Array.from(statements, ([, , name]) => name!)
}
