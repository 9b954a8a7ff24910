import type { ProtoType } from '../../wire/protobuf/model.ts'
import { arrow, call, list, object, options, quoted, type Code } from '../code-text.ts'
import type { ContractNames } from './names.ts'
import type { Piece } from './order.ts'
import type { Places } from './places.ts'
import type { TypeWriter } from './types.ts'
import type { LinkedFile } from '../proto-source/link-proto.ts'
import type { RawEnum, RawField, RawMessage } from '../proto-source/raw-proto.ts'

/** What messages and enums are written with. */
export interface MessageParts {
  readonly names: ContractNames
  readonly places: Places
  readonly types: TypeWriter
}

/** A constant of the module. */
export interface Constant {
  readonly name: string
  readonly code: Code
  readonly isExported: boolean
}

/** Writes an enum, a message, or messages that hold each other. */
export function pieceConstants(
  piece: Piece,
  parts: MessageParts,
  moduleName: () => string,
): readonly Constant[] {
  const { names } = parts
  if (piece.kind === 'enum') {
    const name = names.get(piece.one.fullName)!
    return [{ name, code: enumCode(piece.one, piece.file, parts), isExported: true }]
  }
  const [first, ...others] = piece.all
  if (others.length === 0) {
    const name = names.get(first!.one.fullName)!
    return [{ name, code: messageCode(first!, parts, piece.isRecursive), isExported: true }]
  }
  // They hold each other: a module lets them, whatever their order.
  const ring = new Set(piece.all.map(({ one }) => one.fullName))
  const module = moduleName()
  const entries = piece.all.map((each) => {
    const more = { ...annotations(each.one, each.file, parts), $id: undefined }
    const nameOf = (fullName: string): string => {
      const own = names.get(fullName)!
      return ring.has(fullName) ? `Type.Ref(${quoted(own)})` : own
    }
    const code = call('Type.Object', fieldsCode(each.one, parts, nameOf), options(more))
    return [names.get(each.one.fullName)!, code] as const
  })
  return [
    { name: module, code: call('Type.Module', object(Object.fromEntries(entries))), isExported: false },
    ...entries.map(([name]) => ({ name, code: call(`${module}.Import`, quoted(name)), isExported: true })),
  ]
}

function annotations(
  one: RawMessage<ProtoType> | RawEnum,
  file: LinkedFile,
  { names, places }: MessageParts,
  values?: Code,
): Record<string, Code | undefined> {
  const id = names.get(one.fullName)!
  return {
    $id: quoted(id),
    description: one.comment === undefined ? undefined : quoted(one.comment),
    deprecated: one.deprecated ? 'true' : undefined,
    proto: places(one, file, { id, ...(values !== undefined && { values }) }),
  }
}

function enumCode(one: RawEnum, file: LinkedFile, parts: MessageParts): Code {
  const literals = one.values.map(({ name, comment, deprecated }) =>
    call(
      'Type.Literal',
      quoted(name),
      options({
        description: comment === undefined ? undefined : quoted(comment),
        deprecated: deprecated ? 'true' : undefined,
      }),
    ),
  )
  const values = object(Object.fromEntries(one.values.map(({ name, number }) => [name, String(number)])))
  return call('Type.Union', list(literals), object(annotations(one, file, parts, values)))
}

function messageCode(
  { one, file }: { one: RawMessage<ProtoType>; file: LinkedFile },
  parts: MessageParts,
  isRecursive: boolean,
): Code {
  const nameOf = (fullName: string): string =>
    isRecursive && fullName === one.fullName ? 'Self' : parts.names.get(fullName)!
  const fields = fieldsCode(one, parts, nameOf)
  const more = options(annotations(one, file, parts))
  return isRecursive
    ? call('Type.Recursive', arrow('Self', call('Type.Object', fields)), more)
    : call('Type.Object', fields, more)
}

function fieldsCode(
  { fields }: RawMessage<ProtoType>,
  { types }: MessageParts,
  nameOf: (fullName: string) => string,
): Code {
  const entries = fields.map((field) => {
    const key = keyOf(field)
    return [key, fieldCode(field, key, types.schema(field.type, nameOf))] as const
  })
  return object(Object.fromEntries(entries))
}

/** The property that a field is: its own name, unless another is written down or every object has it. */
function keyOf({ name, jsonName = name }: RawField<ProtoType>): string {
  return jsonName in Object.prototype ? `${jsonName}_` : jsonName
}

function fieldCode(field: RawField<ProtoType>, key: string, schema: Code): Code {
  const { name, number, label, mapKey = 'string', oneof, type, comment, deprecated } = field
  // Those that need no word to be told from nothing.
  const isPlain = type.kind === 'known' && !['Timestamp', 'Value', 'Struct', 'ListValue'].includes(type.name)
  const isMessage = type.kind === 'message' || type.kind === 'known'
  const usual = isPlain ? 'single' : 'optional'
  const word = isMessage && oneof === undefined && label !== usual ? String(label === 'optional') : undefined
  const more = options({
    name: key === name ? undefined : quoted(name),
    oneof: oneof === undefined ? undefined : quoted(oneof),
    optional: label === 'repeated' || label === 'map' ? undefined : word,
    description: comment === undefined ? undefined : quoted(comment),
    deprecated: deprecated ? 'true' : undefined,
  })
  const typed = ((): Code => {
    if (label === 'repeated') return call('Type.Array', schema)
    if (label === 'map') {
      const keyed = mapKey === 'string' ? undefined : object({ proto: object({ key: quoted(mapKey) }) })
      return call('Type.Record', 'Type.String()', schema, keyed)
    }
    return isMessage || oneof !== undefined || label === 'optional' ? call('Type.Optional', schema) : schema
  })()
  return call('field', String(number), typed, more)
}
