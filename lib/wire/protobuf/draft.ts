import type { ProtoEnum, ProtoMessage } from './model.ts'
import { joinName } from './names.ts'

/** A package or a message while it is being made: what is in it, and which names are gone. */
export interface Draft {
  readonly fullName: string
  readonly messages: ProtoMessage[]
  readonly enums: ProtoEnum[]
  readonly taken: Set<string>
  /** Names that are not taken and better left alone, since protoc may make them of others. */
  readonly avoided: Set<string>
}

/** Begins a package or a message. */
export function createDraft(
  fullName: string,
  taken: Iterable<string> = [],
  avoided: Iterable<string> = [],
): Draft {
  return { fullName, messages: [], enums: [], taken: new Set(taken), avoided: new Set(avoided) }
}

/** The first of `name`, `nameType`, `nameType2` … that is free in a package or message; takes it, and gives the full name. */
export function takeFree({ fullName, taken, avoided }: Draft, name: string): string {
  let free = name
  for (let i = 1; taken.has(free) || avoided.has(free); i++) free = `${name}Type${i === 1 ? '' : i}`
  taken.add(free)
  return joinName(fullName, free)
}

/** Takes the very name; throws, naming `path` and what wants it, where it is gone. */
export function takeExactly(
  { fullName, taken }: Draft,
  name: string,
  { path, called = JSON.stringify(name) }: { readonly path: string; readonly called?: string },
): string {
  if (taken.has(name))
    throw new TypeError(
      `${path}: ${called} is taken by another message, field or value, ${joinName(fullName, name)}; choose another, or give what is used twice an $id`,
    )
  taken.add(name)
  return joinName(fullName, name)
}

/** The last part of a full name. */
export function ownName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}
