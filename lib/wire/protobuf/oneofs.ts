import { takeExactly, type Draft } from './draft.ts'
import type { ProtoField } from './model.ts'
import { checkName } from './names.ts'

/** Puts the fields of each oneof side by side, as they stand in a .proto. Throws for names that are taken. */
export function byOneof(fields: readonly ProtoField[], draft: Draft, path: string): readonly ProtoField[] {
  for (const name of oneofsOf(fields)) {
    checkName(name, path)
    takeExactly(draft, name, { path })
  }
  return fields.flatMap((field) => {
    if (field.oneof === undefined) return [field]
    const together = fields.filter(({ oneof }) => oneof === field.oneof)
    return together[0] === field ? together : []
  })
}

/** The oneofs that fields stand in, in order. */
export function oneofsOf(fields: readonly ProtoField[]): readonly string[] {
  return [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))]
}
