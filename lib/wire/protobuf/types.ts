import type { EnumCode, MessageCode, ProtoTypes } from './message-code.ts'
import { knownMessage } from './known-messages.ts'
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
  const codeOf = (key: string, message: () => ProtoMessage): MessageCode => {
    const known = codes.get(key)
    if (known) return known
    const code: MessageCode = {
      write: (value, w) => (code.write = writeCode(message(), types))(value, w),
      read: (r, end, depth, old) => (code.read = readCode(message(), types))(r, end, depth, old),
    }
    codes.set(key, code)
    return code
  }
  const types: ProtoTypes = {
    message: (name) => codeOf(name, () => messages.get(name)!),
    // No message's name has a space in it.
    known: (type) => codeOf(`${type.name} ${type.text} ${type.whole}`, () => knownMessage(type)),
    enumeration: (name) => enums.get(name)!,
    facts: (name) => messages.get(name)!,
  }
  return types
}

function enumCode({ zero, values }: ProtoEnum): EnumCode {
  const all = [
    ...(zero.text === undefined ? [] : [[zero.text, 0] as const]),
    ...values.map(({ text, number }) => [text, number!] as const),
  ]
  return {
    numbers: new Map(all),
    texts: new Map(all.map(([text, number]) => [number, text])),
    zero: zero.text,
  }
}
