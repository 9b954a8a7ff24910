import { isUtf8 } from 'node:buffer'
import type { ProtoCodec } from '../../wire/protobuf/codecs.ts'
import { notUtf8 } from '../../wire/item.ts'
import { parseJson } from '../../wire/json.ts'

/** How messages of one method are read and written, on one side. */
export interface MethodCodec {
  readonly contentType: string
  /** Throws INVALID_ARGUMENT for bytes that are no such message. The bytes are valid only during the call. */
  read(bytes: Buffer): unknown
  write(message: unknown): string | Uint8Array
  /** The same for an item of a stream that a client sends. */
  writeItem(message: unknown): string | Uint8Array
  /** JSON: no message at all is an empty one, and one array is a stream, whole. */
  readonly isJson: boolean
}

/** The content types of JSON messages, the Python package's, and of protobuf. */
export const jsonContentType = 'application/grpc+json'
export const protoContentType = 'application/grpc+proto'

/** `application/grpc`, and with a suffix that names the messages; `application/grpc-web` is another protocol. */
export const grpcType = /^application\/grpc($|[+;\s])/

/** JSON, both ways; `stringify` is what the method's schema was compiled to, where it is known. */
export function jsonCodec(
  stringify: ((message: unknown) => string) | undefined,
  maxDepth: number,
): MethodCodec {
  const write = stringify ?? ((message: unknown) => JSON.stringify(message ?? {}))
  return {
    contentType: jsonContentType,
    read(bytes) {
      if (!isUtf8(bytes)) notUtf8()
      return parseJson(bytes.toString(), maxDepth)
    },
    write,
    writeItem(message) {
      const text = write(message)
      // Alone it would be taken for an empty stream; an array is what it holds.
      return text === '{}' ? '[{}]' : text
    },
    isJson: true,
  }
}

/** Protobuf, as a server reads and writes it. */
export function serverProtoCodec({ readInput, writeOutput }: ProtoCodec): MethodCodec {
  return {
    contentType: protoContentType,
    read: readInput,
    write: writeOutput,
    writeItem: writeOutput,
    isJson: false,
  }
}

/** Protobuf, as a client writes and reads it. */
export function clientProtoCodec({ readOutput, writeInput }: ProtoCodec): MethodCodec {
  return {
    contentType: protoContentType,
    read: readOutput,
    write: writeInput,
    writeItem: writeInput,
    isJson: false,
  }
}
