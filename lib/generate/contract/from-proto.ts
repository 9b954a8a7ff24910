import { commentLines, layOut, type Code } from '../code-text.ts'
import { pieceConstants, type MessageParts } from './messages.ts'
import { contractNames } from './names.ts'
import { inOrder } from './order.ts'
import { createPlaces } from './places.ts'
import { serviceCode } from './services.ts'
import { createTypeWriter, type Int64 } from './types.ts'
import { linkProto, type LinkedFile } from '../proto-source/link-proto.ts'
import { loadParser, loadSetReader } from '../proto-source/parser-library.ts'
import { readDescriptorSet } from '../proto-source/read-descriptor-set.ts'
import { readProtoText } from '../proto-source/read-proto-text.ts'
import type { RawFile } from '../proto-source/raw-proto.ts'

/** `.proto` files by their names, as they import each other, or what `protoc --descriptor_set_out` wrote. */
export type ProtoSources = Readonly<Record<string, string>> | Uint8Array

/** What {@link fromProto} takes beside files. */
export interface FromProtoOptions {
  /** What 64-bit integers become: `t.BigInt()`, which holds them all, or `Type.Integer()`, up to 2^53. `bigint` by default. */
  readonly int64?: Int64
}

/**
 * Makes the text of a TypeScript module of existing .proto files: a schema for each message and enum, a contract for each
 * service, which serve and call what the files describe, byte for byte. Google's own files need not be given. Needs the
 * package `protobufjs`. Throws, naming file and place, for what is no proto3 and for what no contract can say; what changes
 * nothing on the wire is told in a comment.
 * @see https://protobuf.dev/reference/protobuf/proto3-spec/
 */
export async function fromProto(
  sources: ProtoSources,
  { int64 = 'bigint' }: FromProtoOptions = {},
): Promise<string> {
  const files = linkProto(await read(sources))
  const names = contractNames(files)
  const taken = new Set(names.values())
  const parts: MessageParts = {
    names,
    places: createPlaces(files),
    types: createTypeWriter(int64, taken),
  }
  let modules = 0
  const moduleName = (): string => {
    do modules++
    while (taken.has(`ring${modules}`))
    return `ring${modules}`
  }
  const messages = inOrder(files).flatMap((piece) => pieceConstants(piece, parts, moduleName))
  const services = files.flatMap((file) =>
    file.services.map((service) => {
      const code = constant(names.get(service.fullName)!, serviceCode(service, file, parts))
      return service.comment === undefined ? code : [...commentLines(service.comment), code].join('\n')
    }),
  )
  const body = [
    ...parts.types.constants().map(([name, code]) => constant(name, code, false)),
    ...messages.map(({ name, code, isExported }) => constant(name, code, isExported)),
    ...services,
  ]
  return `${[headOf(files), importsOf(body), ...body].filter((part) => part !== '').join('\n\n')}\n`
}

async function read(sources: ProtoSources): Promise<readonly RawFile[]> {
  if (sources instanceof Uint8Array) return readDescriptorSet(sources, await loadSetReader())
  const library = await loadParser()
  return Object.entries(sources).map(([name, text]) => readProtoText(name, text, library))
}

function constant(name: string, code: Code, isExported = true): string {
  return layOut(`${isExported ? 'export ' : ''}const ${name} = `, code)
}

function headOf(files: readonly LinkedFile[]): string {
  const lines = [`Made by microapi-ts of ${files.map(({ name }) => name).join(', ')}.`]
  for (const { name, leftOut } of files) {
    if (leftOut.length > 0) lines.push(`Not taken over from ${name}:`, ...leftOut.map((one) => `- ${one}`))
  }
  return lines.map((line) => `// ${line.replaceAll(/[\n\r\u2028\u2029]/g, ' ')}`).join('\n')
}

/** Only what is used is imported. */
function importsOf(body: readonly string[]): string {
  const text = body.join('\n').replaceAll(/\/\*[^]*?\*\/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '')
  const ours = ['defineService', 'field', 'rpc', 't'].filter((name) =>
    new RegExp(`\\b${name}[.(]`).test(text),
  )
  return [
    ...(/\bType\./.test(text) ? [`import { Type } from '@sinclair/typebox'`] : []),
    ...(ours.length > 0 ? [`import { ${ours.join(', ')} } from 'microapi-ts'`] : []),
  ].join('\n')
}
