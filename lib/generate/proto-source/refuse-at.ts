/** A place in a .proto file. */
export interface Where {
  readonly file: string
  readonly line?: number | undefined
  /** The full name of what stands there. */
  readonly what: string
}

/** What proto2 and extensions have, and a contract has not. */
export const unsaid = {
  required:
    'is required, which proto3 does not have: left out, it could not be told from zero; make it optional',
  group: 'is a group, which proto3 does not have; make it a message',
  ownDefault:
    'has a default of its own, which proto3 does not have; take it out, and say it with t.Default() in the contract',
  extensions: 'keeps numbers for extensions, and a contract has none; take them out',
  extending: (other: string) => `extends ${other}, and a contract has no extensions; make it a field there`,
  edition: (edition: string) => `is written in ${edition}; proto2 and proto3 are read here`,
} as const

/** What is told of files, and changes nothing on the wire. */
export const toldOf = {
  proto2: 'syntax = "proto2": its messages are the same on the wire, in a proto3 file',
  unpacked: (field: string) => `packed = false of ${field}: both ways are read`,
  noSideEffects: (method: string) => `NO_SIDE_EFFECTS of ${method}: it is idempotent`,
} as const

/** Whether an extension is but an option of one's own, which nobody needs who reads messages. */
export function isOption(extended: string): boolean {
  return /^\.?google\.protobuf\.\w+Options$/.test(extended)
}

/** Throws what a contract cannot say: `a.proto:3: acme.User.name is required, …`. */
export function refuseAt({ file, line, what }: Where, problem: string): never {
  throw new TypeError(`${file}${line === undefined ? '' : `:${line}`}: ${what} ${problem}`)
}
