import type { TSchema } from '@sinclair/typebox'

/** The schema with its field number in protobuf pinned: `user_id: field(7, Type.Integer())`. Throws for what can be none. */
export function field<S extends TSchema>(number: number, schema: S): S {
  if (!isFieldNumber(number)) {
    throw new TypeError(
      `field(${number}, …): use a whole number from 1 to 536,870,911, and none from 19,000 to 19,999`,
    )
  }
  return { ...schema, protoField: number }
}

/** Whether protobuf allows the number; it keeps 19,000 to 19,999 for itself. */
export function isFieldNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number < 2 ** 29 && !(number >= 19_000 && number < 20_000)
}
