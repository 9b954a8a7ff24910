import { googleFileOf } from '../../wire/protobuf/google-files.ts'
import { isWrapper } from '../../wire/protobuf/known-messages.ts'
import type { KnownMessage, ProtoType, Scalar } from '../../wire/protobuf/model.ts'
import { scalars } from '../../wire/protobuf/scalars.ts'
import {
  rawEnumsOf,
  rawMessagesOf,
  type RawEnum,
  type RawFile,
  type RawMessage,
  type RawService,
} from './raw-proto.ts'
import { refuseAt } from './refuse-at.ts'
import { findName, packagesOf } from '../proto/type-scope.ts'

/** Files whose names of types are known for what they mean. */
export type LinkedFile = RawFile<ProtoType>

const google = 'google.protobuf.'
const googleFiles = new Set([...Object.values(googleFileOf), 'google/protobuf/descriptor.proto'])

/** Finds what the names of types mean. Throws, naming file and place, for those that are nowhere, and for what no contract can say. */
export function linkProto(given: readonly RawFile[]): readonly LinkedFile[] {
  const files = given.filter(({ name }) => !googleFiles.has(name))
  const kinds = new Map<string, 'message' | 'enum' | 'known' | 'scope'>()
  for (const name of Object.keys(googleFileOf)) kinds.set(google + name, 'known')
  for (const name of ['google', 'google.protobuf']) kinds.set(name, 'scope')
  for (const file of files) {
    for (const name of packagesOf(file.package)) kinds.set(name, 'scope')
    for (const { fullName } of file.services) kinds.set(fullName, 'scope')
    for (const { fullName } of rawMessagesOf(file)) kinds.set(fullName, 'message')
    for (const { fullName } of rawEnumsOf(file)) kinds.set(fullName, 'enum')
  }
  const names = new Set(given.map(({ name }) => name))

  return files.map((file): LinkedFile => {
    const typeOf = (text: string, scope: string, what: string): ProtoType => {
      if (Object.hasOwn(scalars, text)) return { kind: 'scalar', scalar: text as Scalar }
      const fullName = findName(text, scope, kinds)
      const kind = fullName === undefined ? undefined : kinds.get(fullName)
      if (kind === 'message' || kind === 'enum') return { kind, name: fullName! }
      if (kind === 'known') return { kind, name: fullName!.slice(google.length) as KnownMessage }
      const missing = file.imports.filter((name) => !names.has(name) && !googleFiles.has(name))
      const known =
        missing.length === 0 ? 'import its file' : `give ${missing.join(', ')} too, which it imports`
      return refuseAt(
        { file: file.name, what },
        `has the type ${text}, which is in none of the files; ${known}`,
      )
    }
    const link = (message: RawMessage): RawMessage<ProtoType> => ({
      ...message,
      fields: message.fields.map((field) => ({
        ...field,
        type: typeOf(field.type, message.fullName, `${message.fullName}.${field.name}`),
      })),
      messages: message.messages.map(link),
    })
    for (const one of rawEnumsOf(file)) checkEnum(one, file.name)
    return {
      ...file,
      messages: file.messages.map(link),
      services: file.services.map((service) => linkService(service, file.name, typeOf)),
    }
  })
}

function linkService(
  service: RawService,
  file: string,
  typeOf: (text: string, scope: string, what: string) => ProtoType,
): RawService<ProtoType> {
  return {
    ...service,
    methods: service.methods.map((method) => {
      const what = `${service.fullName}.${method.name}`
      const message = (text: string): ProtoType => {
        const type = typeOf(text, service.fullName, what)
        if (type.kind === 'message') return type
        if (type.kind === 'known' && isWrapper(type.name)) return { ...type, whole: true }
        if (type.kind === 'known' && ['Any', 'Empty', 'Struct'].includes(type.name)) return type
        return refuseAt(
          { file, what },
          `takes or gives a ${text}, and what a method takes and gives is an object; put a message around it`,
        )
      }
      return { ...method, input: message(method.input), output: message(method.output) }
    }),
  }
}

function checkEnum({ fullName, values }: RawEnum, file: string): void {
  const byNumber = new Map<number, string>()
  for (const { name, number } of values) {
    const other = byNumber.get(number)
    if (other !== undefined)
      refuseAt(
        { file, what: fullName },
        `has two names for ${number}, ${other} and ${name} (allow_alias), and a value has one string; take one out`,
      )
    byNumber.set(number, name)
  }
  if (!byNumber.has(0))
    refuseAt({ file, what: fullName }, 'has no value 0, which every enum of proto3 has; give it one')
}
