import type protobuf from 'protobufjs'
import { loadProtobuf } from '../../wire/protobuf/library.ts'

/** All of protobufjs, an optional peer: its parser, and what it knows of descriptors. */
export type ParserLibrary = typeof protobuf

/** A `google.protobuf.FileDescriptorSet`, as protobufjs reads it. */
export interface SetReader {
  readonly FileDescriptorSet: {
    decode(bytes: Uint8Array): unknown
    toObject(message: unknown, options: { readonly enums: StringConstructor }): unknown
  }
}

/** Loads the parser. Throws, saying what to install, where it is missing. */
export async function loadParser(): Promise<ParserLibrary> {
  return (await loadProtobuf(() => import('protobufjs'))) as unknown as ParserLibrary
}

/** Loads what reads descriptor sets. */
export async function loadSetReader(): Promise<SetReader> {
  return (await loadProtobuf(() => import('protobufjs/ext/descriptor.js'))) as unknown as SetReader
}
