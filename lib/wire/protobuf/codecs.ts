import { isOverflow } from '../../core/schema/check.ts'
import { RpcError } from '../../core/errors.ts'
import { assertGenerates } from './code.ts'
import { encodeFile } from './descriptor.ts'
import { googleFile } from './google-files.ts'
import { knownFunctions } from './known-functions.ts'
import { loadProtobuf, type Protobuf } from './library.ts'
import { mapMethods, type ProtoSource } from './map-methods.ts'
import type { KnownType, ProtoModel, ProtoType } from './model.ts'
import { joinName } from './names.ts'
import { resolveNumbers, type ProtoLock } from './numbers.ts'
import type { MessageCode, ProtoTypes } from './message-code.ts'
import { createTypes } from './types.ts'

/** Reads and writes the messages of one method, between bytes and JSON form. */
export interface ProtoCodec {
  /** `/package.Service/method` */
  readonly path: string
  /** The method's names in our services. */
  readonly service: string
  readonly method: string
  /** Throws INVALID_ARGUMENT for bytes that are no such message. The bytes are not kept. */
  readInput(bytes: Uint8Array): unknown
  readOutput(bytes: Uint8Array): unknown
  /** Throws INVALID_ARGUMENT for what the message has no room for. `headroom` octets are left free before it. */
  writeInput(message: unknown, headroom?: number): Uint8Array
  /** The same, and INTERNAL. */
  writeOutput(message: unknown, headroom?: number): Uint8Array
}

/** A file's descriptor, for server reflection. */
export interface ProtoFileBytes {
  readonly name: string
  /** A `google.protobuf.FileDescriptorProto`. */
  readonly bytes: Uint8Array
}

/** What a set of methods speaks as protobuf. */
export interface ProtoCodecs {
  /** In the order in which the methods were given. */
  readonly methods: readonly ProtoCodec[]
  /** The codec of one of our methods. */
  find(service: string, method: string): ProtoCodec | undefined
  /** The codec under a path. */
  findPath(path: string): ProtoCodec | undefined
  readonly model: ProtoModel
  /** The lock with the numbers of these methods in it. */
  readonly lock: ProtoLock
  /** Google's that they import first. Written when first read. */
  readonly files: readonly ProtoFileBytes[]
}

/** What {@link protoCodecs} takes beside methods. */
export interface ProtoOptions {
  /** Numbers that were given before: what `proto.lock.json` holds. */
  readonly lock?: ProtoLock | undefined
  /** How deep messages may be nested in what comes in: 64. */
  readonly maxDepth?: number | undefined
}

/**
 * Makes the codecs of methods; their code is generated when each is first used. Throws for what cannot be expressed,
 * with its place and the way out, and where protobufjs is not installed.
 */
export async function protoCodecs(
  methods: readonly ProtoSource[],
  { lock: before, maxDepth = 64 }: ProtoOptions = {},
): Promise<ProtoCodecs> {
  const { model, lock } = resolveNumbers(mapMethods(methods), before)
  assertGenerates()
  const library = await loadProtobuf()
  const types = createTypes(model)
  const made = model.files.flatMap((file) =>
    file.services.flatMap(({ name, methods: own }) =>
      own.map(({ name: method, ours, input, output }): ProtoCodec => {
        const [inputs, outputs] = [input, output].map((type) =>
          createCoder(type, { types, library, maxDepth }),
        )
        return {
          path: `/${joinName(file.package, name)}/${method}`,
          ...ours,
          readInput: inputs!.read,
          readOutput: outputs!.read,
          writeInput: inputs!.write,
          writeOutput: (message, headroom) => internally(() => outputs!.write(message, headroom)),
        }
      }),
    ),
  )
  // Maps, so that names such as `constructor` or `__proto__` from the wire find nothing.
  const byName = new Map(made.map((codec) => [`${codec.service}/${codec.method}`, codec]))
  const byPath = new Map(made.map((codec) => [codec.path, codec]))
  let files: readonly ProtoFileBytes[] | undefined
  return {
    methods: methods.map(({ service, name }) => byName.get(`${service}/${name}`)!),
    find: (service, method) => byName.get(`${service}/${method}`),
    findPath: (path) => byPath.get(path),
    model,
    lock,
    get files() {
      return (files ??= descriptorsOf(model, library))
    },
  }
}

function descriptorsOf({ files }: ProtoModel, library: Protobuf): readonly ProtoFileBytes[] {
  const ours = new Set(files.map(({ name }) => name))
  const google = [...new Set(files.flatMap(({ imports }) => imports))].filter((name) => !ours.has(name))
  return [
    ...google.map((name) => ({ name, bytes: googleFile(name) })),
    ...files.map((file) => ({ name: file.name, bytes: encodeFile(file, library) })),
  ]
}

interface Coder {
  read(bytes: Uint8Array): unknown
  write(message: unknown, headroom?: number): Uint8Array
}

interface Parts {
  readonly types: ProtoTypes
  readonly library: Protobuf
  readonly maxDepth: number
}

/** So many values may be made of nothing but lengths, whatever the size of a message. */
const freeValues = 1_000_000

function createCoder(type: ProtoType, { types, library, maxDepth }: Parts): Coder {
  const { Reader, Writer } = library
  const code = codeOf(type, types)
  return {
    read(bytes) {
      const reader = Reader.create(bytesAsBuffer(bytes))
      reader.left = freeValues + 4 * bytes.length
      try {
        return code.read(reader, reader.len, maxDepth, undefined)
      } catch (error) {
        if (error instanceof RpcError) throw error
        throw new RpcError(
          'INVALID_ARGUMENT',
          `not the protobuf of a ${nameOf(type)}: ${(error as Error).message}`,
          {
            cause: error,
          },
        )
      }
    },
    write(message, headroom = 0) {
      const writer = Writer.create()
      for (let i = 0; i < headroom; i++) writer.uint32(0)
      try {
        code.write(message ?? {}, writer)
      } catch (error) {
        if (!isOverflow(error)) throw error
        throw new RpcError('INVALID_ARGUMENT', `a ${nameOf(type)} is nested too deep`, { cause: error })
      }
      // The writer is thrown away: what it wrote needs no copy.
      return writer.finish(true)
    },
  }
}

function codeOf(type: ProtoType, types: ProtoTypes): MessageCode {
  if (type.kind === 'message') return types.message(type.name)
  const known = type as KnownType
  const own = knownFunctions(known.name)
  if (!own) return types.known(known)
  const where = nameOf(type)
  return {
    write: (value, w) => own.write(w, value, where),
    read: own.reads === 'text' ? (r, end) => own.read(r, end, where) : own.read,
  }
}

function nameOf(type: ProtoType): string {
  if (type.kind === 'scalar') return type.scalar
  return type.kind === 'known' ? `google.protobuf.${type.name}` : type.name
}

function internally<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!(cause instanceof RpcError)) throw cause
    throw new RpcError('INTERNAL', cause.message, { cause })
  }
}

/** protobufjs is quicker with Buffers, and the generated code with one kind of reader. */
function bytesAsBuffer(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
