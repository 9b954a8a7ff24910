import type { ProtoField } from './model.ts'
import { entryName, fieldName } from './names.ts'

/** Names of fields for properties. Throws where protoc would not tell two of them apart. */
export function fieldNames(keys: readonly string[], path: string): readonly string[] {
  const byPlain = new Map<string, string>()
  return keys.map((key) => {
    const name = fieldName(key)
    // As protoc compares them, for the sake of its JSON.
    const plain = name.replaceAll('_', '').toLowerCase()
    const other = byPlain.get(plain)
    if (other !== undefined)
      throw new TypeError(
        `${path}: to protobuf ${JSON.stringify(other)} and ${JSON.stringify(key)} are the same name; rename one of them`,
      )
    byPlain.set(plain, key)
    return name
  })
}

/** The names that fields take away from the messages and enums beside them: their own, and those that protoc makes of them. */
export function namesTakenBy(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, `_${name}`, entryName(name)])
}

/** Says how a field is called in JSON wherever its name does not, and refuses a number that is pinned twice. */
export function checkFields(fields: readonly ProtoField[], path: string): readonly ProtoField[] {
  const byNumber = new Map<number, string>()
  for (const { number, key } of fields) {
    if (number === undefined) continue
    const other = byNumber.get(number)
    if (other !== undefined)
      throw new TypeError(
        `${path}: field number ${number} is pinned for "${other}" and for "${key}"; change one`,
      )
    byNumber.set(number, key)
  }
  return fields.map((field) => (field.name === field.key ? field : { ...field, jsonName: field.key }))
}
