import type { ProtoEnum, ProtoMessage } from './model.ts'
import { takeName } from './names.ts'

/** A package or a message while it is being made: what is in it, and which names are gone. */
export interface Draft {
  readonly fullName: string
  readonly messages: ProtoMessage[]
  readonly enums: ProtoEnum[]
  readonly taken: Set<string>
}

/** Begins a package or a message. */
export function createDraft(fullName: string, taken: Iterable<string> = []): Draft {
  return { fullName, messages: [], enums: [], taken: new Set(taken) }
}

/** Begins a message inside of another, or of a package, under a name that is free there. */
export function createInner(host: Draft, name: string, taken: Iterable<string> = []): Draft {
  return createDraft(`${host.fullName}.${takeName(name, host.taken)}`, taken)
}

/** The last part of a full name. */
export function ownName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}
