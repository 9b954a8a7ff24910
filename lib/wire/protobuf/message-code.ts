import type { ProtoReader, ProtoWriter } from './library.ts'
import type { KnownType, ProtoMessage } from './model.ts'

/** Writes a message's fields. */
export type WriteMessage = (value: unknown, w: ProtoWriter) => void

/** Reads a message's fields up to `end`; `old` is what an earlier part of the same message gave. */
export type ReadMessage = (r: ProtoReader, end: number, depth: number, old: unknown) => unknown

/** A message's generated code; each half is generated when it is first needed. */
export interface MessageCode {
  write: WriteMessage
  read: ReadMessage
}

/** An enum's two tables. */
export interface EnumCode {
  readonly numbers: ReadonlyMap<unknown, number>
  readonly texts: ReadonlyMap<number, string>
  /** The string that 0 is; none where it says nothing. */
  readonly zero: string | undefined
}

/** What generated code refers to by full names. */
export interface ProtoTypes {
  message(name: string): MessageCode
  /** One of Google's that has no functions of its own. */
  known(type: KnownType): MessageCode
  enumeration(name: string): EnumCode
  /** The message as the model has it. */
  facts(name: string): ProtoMessage
}
