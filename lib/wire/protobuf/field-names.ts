import type { ProtoField } from './model.ts'
import { checkName, entryName, fieldName, jsonName } from './names.ts'

/** What a field is named for: its property, or the name that it was given. */
export interface Named {
  readonly key: string
  readonly name?: string | undefined
}

/** Names of fields for properties. Throws where protoc would not tell two of them apart. */
export function fieldNames(all: readonly Named[], path: string): readonly string[] {
  const byPlain = new Map<string, string>()
  return all.map(({ key, name: given }) => {
    if (given !== undefined) checkName(given, `${path}/${key}`)
    const name = given ?? fieldName(key)
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

/** The names that protoc may make of fields' names. */
export function namesMadeOf(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`_${name}`, entryName(name)])
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
  return fields.map((field) => {
    const { name, key } = field
    const isGiven = name !== fieldName(key)
    return name === key || (isGiven && jsonName(name) === key) ? field : { ...field, jsonName: key }
  })
}
