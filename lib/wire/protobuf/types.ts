import type { EnumCode, MessageCode, ProtoTypes } from './message-code.ts'
import { enumsOf, messagesOf, type ProtoEnum, type ProtoMessage, type ProtoModel } from './model.ts'
import { readCode } from './read-code.ts'
import { writeCode } from './write-code.ts'

/** Makes the code of all messages of a model whose numbers are resolved. */
export function createTypes(model: ProtoModel): ProtoTypes {
  const messages = new Map<string, ProtoMessage>()
  const enums = new Map<string, EnumCode>()
  const codes = new Map<string, MessageCode>()
  for (const file of model.files) {
    for (const message of messagesOf(file)) messages.set(message.fullName, message)
    for (const one of enumsOf(file)) enums.set(one.fullName, enumCode(one))
  }
  const types: ProtoTypes = {
    message(name) {
      const known = codes.get(name)
      if (known) return known
      const message = messages.get(name)!
      const code: MessageCode = {
        write: (value, w) => (code.write = writeCode(message, types))(value, w),
        read: (r, end, depth, old) => (code.read = readCode(message, types))(r, end, depth, old),
      }
      codes.set(name, code)
      return code
    },
    enumeration: (name) => enums.get(name)!,
    facts: (name) => messages.get(name)!,
  }
  return types
}

function enumCode({ values }: ProtoEnum): EnumCode {
  return {
    numbers: new Map(values.map(({ text, number }) => [text, number!])),
    texts: new Map(values.map(({ text, number }) => [number!, text])),
  }
}
