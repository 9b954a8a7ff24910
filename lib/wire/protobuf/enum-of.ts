import { ownName, type Draft } from './draft.ts'
import type { ProtoEnum, ProtoEnumValue, Remarks } from './model.ts'
import { constantName, takeName } from './names.ts'

/** Makes an enum of strings. Its values' names begin with its own: they share one scope with those of its siblings. */
export function enumOf(host: Draft, wanted: string, texts: readonly string[], remarks: Remarks): ProtoEnum {
  const fullName = `${host.fullName}.${takeName(wanted, host.taken)}`
  const prefix = constantName(ownName(fullName))
  const seen = new Set<string>()
  const nameOf = (text: string): string => {
    const base = `${prefix}_${text}`
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base}_${i}`
      // protoc refuses values that differ in underscores only.
      const plain = name.replaceAll('_', '')
      if (seen.has(plain) || host.taken.has(name)) continue
      seen.add(plain)
      host.taken.add(name)
      return name
    }
  }
  const zero = nameOf('UNSPECIFIED')
  const values = texts.map((text): ProtoEnumValue => ({ name: nameOf(constantName(text)), text }))
  return { name: ownName(fullName), fullName, zero, values, reserved: [], ...remarks }
}
