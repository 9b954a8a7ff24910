import type { ProtoFileBytes } from '../../../wire/protobuf/codecs.ts'
import { protoFields } from '../../../wire/grpc/proto-bytes.ts'

/** What can be asked of a set of files. A file that is found stands first, behind it everything that it imports. */
export interface FileIndex {
  /** Full names of all services, sorted. */
  readonly services: readonly string[]
  fileNamed(name: string): readonly Uint8Array[] | undefined
  /** The file that declares a service, method, message, field, oneof, enum or enum's value; its full name without a dot before it. */
  fileOf(symbol: string): readonly Uint8Array[] | undefined
  /** Whether there is a message of this full name. */
  hasMessage(name: string): boolean
}

interface Found {
  readonly file: IndexedFile
  readonly kind: 'message' | 'service' | 'other'
}

interface IndexedFile {
  readonly bytes: Uint8Array
  readonly imports: readonly string[]
}

/** Reads descriptors and finds out what they declare. Throws a RangeError for bytes that are none. */
export function indexFiles(files: readonly ProtoFileBytes[]): FileIndex {
  // Maps, so that names such as `constructor` or `__proto__` from the wire find nothing.
  const byName = new Map<string, IndexedFile>()
  const symbols = new Map<string, Found>()
  for (const { name, bytes } of files) {
    const fields = fieldsOf(bytes)
    const file = { bytes, imports: textsOf(fields, fileParts.import) }
    if (!byName.has(name)) byName.set(name, file)
    const [scope = ''] = textsOf(fields, fileParts.package)
    for (const [symbol, kind] of symbolsOf(fields, fileKinds, scope))
      if (!symbols.has(symbol)) symbols.set(symbol, { file, kind })
  }
  const withImports = (first: IndexedFile | undefined): readonly Uint8Array[] | undefined => {
    if (!first) return undefined
    // A set gives what is added while it is gone through, each once.
    const all = new Set([first])
    for (const { imports } of all)
      for (const name of imports) {
        const file = byName.get(name)
        if (file) all.add(file)
      }
    return [...all].map(({ bytes }) => bytes)
  }
  return {
    services: [...symbols].flatMap(([name, { kind }]) => (kind === 'service' ? [name] : [])).toSorted(),
    fileNamed: (name) => withImports(byName.get(name)),
    fileOf: (symbol) => withImports(symbols.get(symbol)?.file),
    hasMessage: (name) => symbols.get(name)?.kind === 'message',
  }
}

/** What the parts of a descriptor declare, by the numbers of their fields. */
interface Kinds {
  readonly [field: number]: {
    readonly kind: Found['kind']
    readonly inner?: Kinds
    /** The names of an enum's values stand beside the enum's, not inside of it. */
    readonly beside?: boolean
  }
}

// The numbers are those of https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto
const fileParts = { package: 2, import: 3 } as const
const ownName = 1
const named = { kind: 'other' } as const
const enumeration = { kind: 'other', inner: { 2: named }, beside: true } as const
const messageKinds: Kinds = {
  2: named,
  // Messages hold messages.
  get 3() {
    return message
  },
  4: enumeration,
  8: named,
}
const message = { kind: 'message', inner: messageKinds } as const
const fileKinds: Kinds = { 4: message, 5: enumeration, 6: { kind: 'service', inner: { 2: named } } }

function* symbolsOf(
  fields: readonly PartField[],
  kinds: Kinds,
  scope: string,
): Generator<readonly [name: string, kind: Found['kind']], void, undefined> {
  for (const { number, bytes } of fields) {
    const part = kinds[number]
    if (!part) continue
    const own = fieldsOf(bytes)
    const [short = ''] = textsOf(own, ownName)
    const full = scope === '' ? short : `${scope}.${short}`
    yield [full, part.kind]
    if (part.inner) yield* symbolsOf(own, part.inner, part.beside === true ? scope : full)
  }
}

interface PartField {
  readonly number: number
  readonly bytes: Buffer
}

/** The fields of a part that are text or parts themselves. */
function fieldsOf(bytes: Uint8Array): readonly PartField[] {
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return [...protoFields(part)].flatMap(({ number, bytes: own }) => (own ? [{ number, bytes: own }] : []))
}

function textsOf(fields: readonly PartField[], number: number): readonly string[] {
  return fields.flatMap((one) => (one.number === number ? [one.bytes.toString()] : []))
}
