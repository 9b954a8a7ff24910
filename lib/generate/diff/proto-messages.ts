import {
  enumsOf,
  messagesOf,
  type ProtoEnum,
  type ProtoField,
  type ProtoMessage,
  type ProtoModel,
  type ProtoType,
} from '../../wire/protobuf/model.ts'
import { fieldText, isAsMany, readAs } from './proto-types.ts'
import { pointerTo, type SchemaChange } from './schema-change.ts'

/** What is found by numbers in what a method takes or gives. */
export interface ProtoComparison {
  /** Whether the whole is JSON inside of protobuf. */
  readonly isJson: boolean
  readonly changes: readonly SchemaChange[]
  /** Properties with the same number under another name, by the pointer of their object. */
  readonly renamed: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The fields that stand at a pointer. What stands at others is JSON inside of protobuf, or no field. */
  readonly fields: ReadonlyMap<string, FieldPair>
  /** Pointers at which every number of before means something still, or meant something before. */
  readonly allKept: ReadonlySet<string>
  readonly allKnown: ReadonlySet<string>
}

/** The field at a place, before and after. */
export interface FieldPair {
  readonly old?: ProtoField | undefined
  readonly new?: ProtoField | undefined
}

/** Finds messages and enums by their full names. */
export interface ProtoNamed {
  readonly messages: ReadonlyMap<string, ProtoMessage>
  readonly enums: ReadonlyMap<string, ProtoEnum>
}

/** Every message and enum of a model. */
export function namedOf({ files }: ProtoModel): ProtoNamed {
  return {
    messages: new Map(files.flatMap((file) => [...messagesOf(file)]).map((one) => [one.fullName, one])),
    enums: new Map(files.flatMap((file) => [...enumsOf(file)]).map((one) => [one.fullName, one])),
  }
}

/** Compares what a method takes or gives as protobuf has it: by the numbers of fields and of enums' values. */
export function compareMessages(
  [old, next]: readonly [ProtoType, ProtoType],
  named: readonly [old: ProtoNamed, next: ProtoNamed],
): ProtoComparison {
  const changes: SchemaChange[] = []
  const renamed = new Map<string, Map<string, string>>()
  const fields = new Map<string, FieldPair>()
  const [allKept, allKnown] = [new Set<string>(), new Set<string>()]
  const seen = new Set<string>()
  const add = (rule: string, pointer: string, message: string, levels: Levels): void =>
    void changes.push({ rule, pointer, message, narrows: levels[0], widens: levels[1] })

  const types = (pair: readonly [ProtoType, ProtoType], pointer: string): void => {
    const [a, b] = pair
    if (a.kind === 'message' && b.kind === 'message')
      messages([named[0].messages.get(a.name)!, named[1].messages.get(b.name)!], pointer)
    if (a.kind === 'enum' && b.kind === 'enum')
      enums([named[0].enums.get(a.name)!, named[1].enums.get(b.name)!], pointer)
  }
  const messages = ([a, b]: readonly [ProtoMessage, ProtoMessage], pointer: string): void => {
    const key = `${a.fullName} ${b.fullName}`
    if (seen.has(key)) return
    seen.add(key)
    if (a.shape !== b.shape) {
      add('wire-type-changed', pointer, 'it is another kind of message in protobuf', ['breaking', 'breaking'])
      return
    }
    kept(a.fields, b.fields, pointer)
    const [byKey, byNumber] = [indexOf(b.fields, nameOf), indexOf(b.fields, numberOf)]
    const oldKeys = indexOf(a.fields, nameOf)
    for (const one of a.fields) {
      const twin = byKey.get(nameOf(one))
      const same = byNumber.get(one.number)
      const at = placeOf(a, one, pointer)
      if (twin && twin.number !== one.number)
        add('number-changed', at, `its number is ${twin.number}, and was ${one.number}`, [
          'breaking',
          'breaking',
        ])
      if (!twin && same && oldKeys.has(nameOf(same)))
        add('number-reused', at, `its number ${one.number} is that of ${JSON.stringify(nameOf(same))} now`, [
          'breaking',
          'breaking',
        ])
      const other = twin ?? (same && !oldKeys.has(nameOf(same)) ? same : undefined)
      if (a.shape === 'object') fields.set(at, { old: one, new: other })
      if (!other) continue
      if (a.shape === 'object' && other.key !== one.key) {
        renamed.set(pointer, (renamed.get(pointer) ?? new Map<string, string>()).set(one.key, other.key))
        add('property-renamed', at, `it is ${JSON.stringify(other.key)} now, and has the same number`, [
          'safe',
          'safe',
        ])
      }
      field([one, other], at)
    }
    for (const two of b.fields) {
      const at = placeOf(b, two, pointer)
      if (
        b.shape === 'object' &&
        !oldKeys.has(nameOf(two)) &&
        ![...fields.values()].some(({ new: known }) => known === two)
      )
        fields.set(at, { new: two })
    }
  }
  const field = ([one, two]: readonly [ProtoField, ProtoField], pointer: string): void => {
    const [from, to] = [readAs(one.type, two.type), readAs(two.type, one.type)]
    const isMany = isAsMany(one, two)
    if (!isMany || from !== 'safe' || to !== 'safe')
      add(
        'wire-type-changed',
        pointer,
        `in protobuf it is ${fieldText(two)}, and was ${fieldText(one)}`,
        isMany ? [from, to] : ['breaking', 'breaking'],
      )
    if ((one.oneof === undefined) !== (two.oneof === undefined))
      add(
        'oneof-changed',
        pointer,
        two.oneof === undefined
          ? 'it stands in no oneof any more'
          : `it stands in the oneof ${two.oneof} now`,
        ['risky', 'risky'],
      )
    const isIn = one.label === 'single' || one.label === 'optional'
    const inner = isIn || one.key === '' ? pointer : pointerTo(pointer, '*')
    if (isMany && !isIn) fields.set(inner, { old: one, new: two })
    if (isMany) types([one.type, two.type], inner)
  }
  const enums = ([a, b]: readonly [ProtoEnum, ProtoEnum], pointer: string): void => {
    kept(a.values, b.values, pointer)
    const numbers = new Map(b.values.map(({ text, number }) => [text, number]))
    for (const { text, number } of a.values) {
      const now = numbers.get(text)
      if (now !== undefined && now !== number)
        add(
          'value-number-changed',
          pointer,
          `the number of ${JSON.stringify(text)} is ${now}, and was ${number}`,
          ['breaking', 'breaking'],
        )
    }
  }
  const kept = (a: readonly Numbered[], b: readonly Numbered[], pointer: string): void => {
    const [was, is] = [a, b].map((all) => new Set(all.map(({ number }) => number)))
    if (a.every(({ number }) => is!.has(number))) allKept.add(pointer)
    if (b.every(({ number }) => was!.has(number))) allKnown.add(pointer)
  }

  if (readAs(old, next) !== 'safe')
    add('wire-type-changed', '', 'it is another message in protobuf', ['breaking', 'breaking'])
  else types([old, next], '')
  return { isJson: old.kind === 'known', changes, renamed, fields, allKept, allKnown }
}

type Levels = readonly [SchemaChange['narrows'], SchemaChange['widens']]

interface Numbered {
  readonly number?: number | undefined
}

/** What it is in JSON: a property, in a union the value of its tag. */
function nameOf({ key, tag }: ProtoField): string {
  return tag === undefined ? key : `tag ${JSON.stringify(tag)}`
}

function numberOf({ number }: ProtoField): number | undefined {
  return number
}

function indexOf<K>(all: readonly ProtoField[], by: (field: ProtoField) => K): ReadonlyMap<K, ProtoField> {
  return new Map(all.map((field) => [by(field), field]))
}

/** Branches and boxes stand where their message does. */
function placeOf({ shape }: ProtoMessage, { key }: ProtoField, pointer: string): string {
  return shape === 'object' ? pointerTo(pointer, key) : pointer
}
