// .proto files as they are read, before anybody knows what their names of types mean.

import type { Remarks, Reserved, Scalar } from '../../wire/protobuf/model.ts'

/** A field; `T` is how its type is told: by a name, or as the type that it is. */
export interface RawField<T = string> extends Remarks {
  readonly name: string
  readonly number: number
  readonly type: T
  readonly label: 'single' | 'optional' | 'repeated' | 'map'
  readonly mapKey?: Scalar | undefined
  readonly oneof?: string | undefined
  /** Only where it was written down. */
  readonly jsonName?: string | undefined
}

/** One of an enum's values. */
export interface RawEnumValue extends Remarks {
  readonly name: string
  readonly number: number
}

/** An enum. */
export interface RawEnum extends Remarks {
  readonly name: string
  readonly fullName: string
  readonly values: readonly RawEnumValue[]
  readonly reserved: Reserved
}

/** A message. */
export interface RawMessage<T = string> extends Remarks {
  readonly name: string
  readonly fullName: string
  readonly fields: readonly RawField<T>[]
  readonly messages: readonly RawMessage<T>[]
  readonly enums: readonly RawEnum[]
  readonly reserved: Reserved
}

/** A method. */
export interface RawMethod<T = string> extends Remarks {
  readonly name: string
  readonly input: T
  readonly output: T
  readonly streamsIn: boolean
  readonly streamsOut: boolean
  readonly idempotent: boolean
}

/** A service. */
export interface RawService<T = string> extends Remarks {
  readonly name: string
  readonly fullName: string
  readonly methods: readonly RawMethod<T>[]
}

/** A file. */
export interface RawFile<T = string> {
  readonly name: string
  readonly package: string
  readonly imports: readonly string[]
  readonly messages: readonly RawMessage<T>[]
  readonly enums: readonly RawEnum[]
  readonly services: readonly RawService<T>[]
  /** What it says that a contract has no place for, and that changes nothing on the wire. */
  readonly leftOut: readonly string[]
}

/** Every message of a holder, nested ones too. */
export function* rawMessagesOf<T>(holder: {
  readonly messages: readonly RawMessage<T>[]
}): Generator<RawMessage<T>, void, undefined> {
  for (const message of holder.messages) {
    yield message
    yield* rawMessagesOf(message)
  }
}

/** Every enum of a holder, nested ones too. */
export function* rawEnumsOf<T>(holder: {
  readonly messages: readonly RawMessage<T>[]
  readonly enums: readonly RawEnum[]
}): Generator<RawEnum, void, undefined> {
  yield* holder.enums
  for (const message of holder.messages) yield* rawEnumsOf(message)
}
