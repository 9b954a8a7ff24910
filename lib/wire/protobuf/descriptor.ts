import type { Protobuf, ProtoWriter } from './library.ts'
import type {
  ProtoEnum,
  ProtoEnumValue,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoMethod,
  ProtoType,
} from './model.ts'
import { entryName, jsonName } from './names.ts'
import { oneofsOf } from './oneofs.ts'
import { scalars } from './scalars.ts'

// What a part of a descriptor is written as: its fields by number, in order.
type Part = readonly (readonly [number: number, value: string | number | boolean | Part | undefined])[]

/** Writes a file as a `google.protobuf.FileDescriptorProto`. @see https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto */
export function encodeFile(file: ProtoFile, { Writer }: Pick<Protobuf, 'Writer'>): Uint8Array {
  const writer = Writer.create()
  write(writer, filePart(file))
  return writer.finish()
}

/** A type's full name, with the dot that says so. */
export function typeReference(type: Exclude<ProtoType, { kind: 'scalar' }>): string {
  return type.kind === 'known' ? `.google.protobuf.${type.name}` : `.${type.name}`
}

function filePart(file: ProtoFile): Part {
  return [
    [1, file.name],
    [2, file.package || undefined],
    ...file.imports.map((name) => [3, name] as const),
    ...file.messages.map((message) => [4, messagePart(message)] as const),
    ...file.enums.map((one) => [5, enumPart(one)] as const),
    ...file.services.map(
      ({ name, methods }) =>
        [6, [[1, name], ...methods.map((method) => [2, methodPart(method)] as const)]] as const,
    ),
    [12, 'proto3'],
  ]
}

function messagePart(message: ProtoMessage): Part {
  const { name, fullName, fields, messages, enums, reserved, deprecated } = message
  // Each `optional` field has a oneof of its own, behind the real ones.
  const optional = fields.filter(({ label }) => label === 'optional')
  const real = oneofsOf(fields)
  const oneofs = [...real, ...syntheticNames(message, real, optional)]
  const indexOf = (field: ProtoField): number | undefined => {
    if (field.oneof !== undefined) return real.indexOf(field.oneof)
    const at = optional.indexOf(field)
    return at < 0 ? undefined : real.length + at
  }
  const entries = fields.filter(({ label }) => label === 'map')
  return [
    [1, name],
    ...fields.map((field) => [2, fieldPart(field, fullName, indexOf(field))] as const),
    ...messages.map((inner) => [3, messagePart(inner)] as const),
    ...entries.map((field) => [3, entryPart(field)] as const),
    ...enums.map((one) => [4, enumPart(one)] as const),
    ...(deprecated ? [[7, [[3, true]]] as const] : []),
    ...oneofs.map((oneof) => [8, [[1, oneof]]] as const),
    ...reserved.ranges.map(([from, to]) => [9, rangePart(from, to + 1)] as const),
    ...reserved.names.map((one) => [10, one] as const),
  ]
}

function rangePart(from: number, to: number): Part {
  return [
    [1, from],
    [2, to],
  ]
}

/** protoc's names for the oneofs of `optional` fields. */
function syntheticNames(
  { fields, messages, enums }: ProtoMessage,
  oneofs: readonly string[],
  optional: readonly ProtoField[],
): readonly string[] {
  const taken = new Set([...[...fields, ...messages, ...enums].map(({ name }) => name), ...oneofs])
  return optional.map(({ name }) => {
    let oneof = `_${name}`
    while (taken.has(oneof)) oneof = `X${oneof}`
    taken.add(oneof)
    return oneof
  })
}

function fieldPart(field: ProtoField, owner: string, oneof: number | undefined): Part {
  const { name, number, label, type, deprecated } = field
  const isMap = label === 'map'
  return [
    [1, name],
    [3, number],
    [4, isMap || label === 'repeated' ? 3 : 1],
    ...(isMap
      ? ([
          [5, 11],
          [6, `.${owner}.${entryName(name)}`],
        ] as const)
      : typePart(type)),
    ...(deprecated ? [[8, [[3, true]]] as const] : []),
    [9, oneof],
    [10, field.jsonName ?? jsonName(name)],
    [17, label === 'optional' ? true : undefined],
  ]
}

function typePart(type: ProtoType): Part {
  if (type.kind === 'scalar') return [[5, scalars[type.scalar].number]]
  return [
    [5, type.kind === 'enum' ? 14 : 11],
    [6, typeReference(type)],
  ]
}

function entryPart({ name, type, mapKey = 'string' }: ProtoField): Part {
  const part = (own: string, number: number, typed: Part): Part => [
    [1, own],
    [3, number],
    [4, 1],
    ...typed,
    [10, own],
  ]
  return [
    [1, entryName(name)],
    [2, part('key', 1, typePart({ kind: 'scalar', scalar: mapKey }))],
    [2, part('value', 2, typePart(type))],
    [7, [[7, true]]],
  ]
}

function enumPart({ name, zero, values, deprecated, reserved }: ProtoEnum): Part {
  const all = [{ ...zero, number: 0 }, ...values]
  return [
    [1, name],
    ...all.map((value) => [2, valuePart(value)] as const),
    ...(deprecated ? [[3, [[3, true]]] as const] : []),
    ...reserved.ranges.map(([from, to]) => [4, rangePart(from, to)] as const),
    ...reserved.names.map((one) => [5, one] as const),
  ]
}

function valuePart({ name, number, deprecated }: Omit<ProtoEnumValue, 'text'>): Part {
  return [[1, name], [2, number], ...(deprecated ? [[3, [[1, true]]] as const] : [])]
}

function methodPart({
  name,
  input,
  output,
  streamsIn,
  streamsOut,
  deprecated,
  idempotent,
}: ProtoMethod): Part {
  const options: Part = [
    [33, deprecated],
    [34, idempotent ? 2 : undefined],
  ]
  return [
    [1, name],
    [2, typeReference(input as Exclude<ProtoType, { kind: 'scalar' }>)],
    [3, typeReference(output as Exclude<ProtoType, { kind: 'scalar' }>)],
    ...(deprecated || idempotent ? [[4, options] as const] : []),
    [5, streamsIn || undefined],
    [6, streamsOut || undefined],
  ]
}

function write(w: ProtoWriter, part: Part): void {
  for (const [number, value] of part) {
    if (value === undefined) continue
    if (typeof value === 'string') w.uint32(number * 8 + 2).string(value)
    else if (typeof value === 'object') {
      w.uint32(number * 8 + 2).fork()
      write(w, value)
      w.ldelim()
    } else w.uint32(number * 8).int32(Number(value))
  }
}
