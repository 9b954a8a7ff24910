import { OptionalKind, Type, type TSchema, type TTransform, type TUnsafe } from '@sinclair/typebox'
import { fromBase64 } from '../base64.ts'
import type { Given, TDefault } from './view.ts'
import { buildWalk } from './walk.ts'

const bigIntPattern = '^-?(0|[1-9][0-9]{0,38})$'

/** What may be said of any of them. */
interface ValueOptions {
  /** Kept out of logs and of the messages of errors. */
  readonly sensitive?: boolean
}

/** A point in time: a `Date` for handlers, an RFC 3339 string in JSON, a Timestamp in protobuf. */
function DateTime(options: ValueOptions = {}): TTransform<TUnsafe<string>, Date> {
  return Type.Transform(
    Type.Unsafe<string>({ type: 'string', format: 'date-time', 'x-microapi': 'date-time', ...options }),
  )
    .Decode((text) => {
      const date = new Date(text)
      if (Number.isNaN(date.getTime())) throw new TypeError(`${text} is no date that a Date can hold`)
      return date
    })
    .Encode((date) => {
      if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toISOString()
      throw new TypeError(`${String(date)} is no valid Date`)
    })
}

/** What may be said of a big integer. */
interface BigIntOptions extends ValueOptions {
  /** Its type in protobuf when it is no int64; `string` has room for any size. */
  readonly proto?:
    | 'int64'
    | 'sint64'
    | 'uint64'
    | 'fixed64'
    | 'sfixed64'
    | 'string'
    | 'google.protobuf.Int64Value'
    | 'google.protobuf.UInt64Value'
}

/** An integer of any size: a `bigint` for handlers, a decimal string in JSON, an int64 in protobuf unless told otherwise. */
function BigInteger(options: BigIntOptions = {}): TTransform<TUnsafe<string>, bigint> {
  return Type.Transform(
    Type.Unsafe<string>({ type: 'string', pattern: bigIntPattern, 'x-microapi': 'bigint', ...options }),
  )
    .Decode((text) => BigInt(text))
    .Encode((value) => String(value))
}

/** What may be said of bytes. */
interface BytesOptions extends ValueOptions {
  /** Their type in protobuf when it is not bytes. */
  readonly proto?: 'google.protobuf.BytesValue'
}

/** Bytes: a `Uint8Array` for handlers, base64 in JSON, bytes in protobuf unless told otherwise. */
function Bytes(options: BytesOptions = {}): TTransform<TUnsafe<string>, Uint8Array> {
  return (
    Type.Transform(Type.Unsafe<string>({ type: 'string', contentEncoding: 'base64', ...options }))
      .Decode((value): Uint8Array => (typeof value === 'string' ? fromBase64(value) : value))
      // They stay bytes: what writes JSON turns them into base64, what writes protobuf takes them as they are.
      .Encode((value) => value as unknown as string)
  )
}

/** A property that the caller may leave out and the handler always finds; `value` is what it then is. */
function Default<S extends TSchema>(schema: S, value: Given<S>): TDefault<S> {
  // In JSON form, and whole: what it leaves out itself is filled here once.
  const steps = [{ convert: 'encode' }, { fill: true }, { convert: 'base64' }] as const
  const wire = steps.reduce<unknown>((before, step) => {
    const walk = buildWalk(schema, { ...step, partial: true, accepts: () => () => true })
    return walk ? walk(before) : before
  }, value)
  return { ...schema, [OptionalKind]: 'Optional', default: wire } as unknown as TDefault<S>
}

/** Types that JSON lacks, and defaults. Each survives every transport. */
export const t = { DateTime, BigInt: BigInteger, Bytes, Default } as const

/** An object schema with no fields: a method that takes it is called with no argument. */
export const Empty = Type.Object({})
