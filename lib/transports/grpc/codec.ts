import { isUtf8 } from 'node:buffer'
import type { MethodFacts } from '../../core/transport.ts'
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
  /** Whether no message at all is an empty one. */
  readonly emptyByDefault: boolean
}

/** The content type of JSON messages, the Python package's. */
export const jsonContentType = 'application/grpc+json'

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
    emptyByDefault: true,
  }
}

/** Server and client write what the other reads. */
export function serverCodec(method: MethodFacts | undefined, maxDepth: number): MethodCodec {
  return jsonCodec(method?.compiled.output.stringify, maxDepth)
}

/** See {@link serverCodec}. */
export function clientCodec(method: MethodFacts | undefined, maxDepth: number): MethodCodec {
  return jsonCodec(method?.compiled.input.stringify, maxDepth)
}
