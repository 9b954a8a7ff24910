import { readDuration, writeDuration } from './duration.ts'
import { readList, readStruct, readValue, writeList, writeStruct, writeValue } from './json-value.ts'
import type { ProtoReader, ProtoWriter } from './library.ts'
import type { KnownMessage } from './model.ts'
import { readTimestamp, writeTimestamp } from './timestamp.ts'

/** How one of Google's messages is written and read that is no object in JSON. */
export type KnownFunctions = {
  readonly write: (w: ProtoWriter, value: unknown, where: string) => void
  /** What it is when it has no octets, as generated code has it. */
  readonly zero: string
} & (
  | { readonly reads: 'text'; readonly read: (r: ProtoReader, end: number, where: string) => string }
  | { readonly reads: 'json'; readonly read: (r: ProtoReader, end: number, depth: number) => unknown }
)

const all: Partial<Readonly<Record<KnownMessage, KnownFunctions>>> = {
  Timestamp: {
    write: writeTimestamp,
    reads: 'text',
    read: readTimestamp,
    zero: `'1970-01-01T00:00:00.000Z'`,
  },
  Duration: { write: writeDuration, reads: 'text', read: readDuration, zero: `'0s'` },
  Value: { write: writeValue, reads: 'json', read: readValue, zero: 'null' },
  Struct: { write: writeStruct, reads: 'json', read: readStruct, zero: '{}' },
  ListValue: { write: writeList, reads: 'json', read: readList, zero: '[]' },
}

/** The functions of one of Google's messages; none where code is generated for it. */
export function knownFunctions(name: KnownMessage): KnownFunctions | undefined {
  return all[name]
}
