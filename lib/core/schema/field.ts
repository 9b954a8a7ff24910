import type { TSchema } from '@sinclair/typebox'

/** What may be said of a property as a field in protobuf, beside its number. */
export interface FieldOptions {
  /** The field's name, where the property has another. */
  readonly name?: string
  /** The oneof that it stands in: at most one of its properties may be there, and each is optional. Checked over JSON, too. */
  readonly oneof?: string
  /**
   * Whether the .proto says `optional`. False for a value that may be left out: absent, it is its zero (`''`, `0`) where it
   * is no message. True for one that may not: it is written even where it is its zero.
   */
  readonly optional?: boolean
  /** For people. */
  readonly description?: string
  readonly deprecated?: boolean
}

/**
 * The schema with its field number in protobuf pinned: `user_id: field(7, Type.Integer())`. Throws for what can be none.
 * @see https://protobuf.dev/programming-guides/proto3/#assigning
 */
export function field<S extends TSchema>(
  number: number,
  schema: S,
  { description, deprecated, ...options }: FieldOptions = {},
): S {
  if (!isFieldNumber(number)) {
    throw new TypeError(
      `field(${number}, …): use a whole number from 1 to 536,870,911, and none from 19,000 to 19,999`,
    )
  }
  return {
    ...schema,
    protoField: number,
    ...(Object.keys(options).length > 0 && { protoFieldOptions: options }),
    ...(description !== undefined && { description }),
    ...(deprecated !== undefined && { deprecated }),
  }
}

/** Whether protobuf allows the number; it keeps 19,000 to 19,999 for itself. */
export function isFieldNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number < 2 ** 29 && !(number >= 19_000 && number < 20_000)
}
