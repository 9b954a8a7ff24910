import type { ProtoField, ProtoType, Scalar } from '../../wire/protobuf/model.ts'
import type { ChangeLevel } from './finding.ts'

/** Scalars that are read as each other, with what does not fit cut off. */
const groups: readonly (readonly string[])[] = [
  ['int32', 'uint32', 'int64', 'uint64', 'bool', 'enum'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['string', 'bytes'],
]

/** Scalars whose every value another one has too. */
const wider: Readonly<Partial<Record<Scalar, readonly string[]>>> = {
  int32: ['int64'],
  uint32: ['uint64', 'int64'],
  sint32: ['sint64'],
}

/** What becomes of values of a type where another one is read. @see https://protobuf.dev/programming-guides/proto3/#updating */
export function readAs(type: ProtoType, other: ProtoType): ChangeLevel {
  const [one, two] = [wordOf(type), wordOf(other)]
  if (one === two || wider[one as Scalar]?.includes(two)) return 'safe'
  return groups.some((group) => group.includes(one) && group.includes(two)) ? 'risky' : 'breaking'
}

function wordOf(type: ProtoType): string {
  if (type.kind === 'scalar') return type.scalar
  return type.kind === 'known' ? `google.protobuf.${type.name}` : type.kind
}

/** A field's type as a .proto has it. */
export function fieldText({ label, type, mapKey = 'string' }: ProtoField): string {
  const text =
    type.kind === 'scalar' ? type.scalar : type.kind === 'known' ? `google.protobuf.${type.name}` : type.name
  if (label === 'map') return `map<${mapKey}, ${text}>`
  return label === 'repeated' ? `repeated ${text}` : text
}

/** Whether fields hold as many values: one, a list, a map with the same keys. */
export function isAsMany(one: ProtoField, other: ProtoField): boolean {
  const many = ({ label, mapKey = 'string' }: ProtoField): string => {
    if (label === 'map') return `map ${mapKey}`
    return label === 'repeated' ? label : 'one'
  }
  return many(one) === many(other)
}
