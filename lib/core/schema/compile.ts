import type { TSchema } from '@sinclair/typebox'
import { compileChecks, isOverflow, tooDeep, type CheckFailure } from './check.ts'
import type { JsonSchema } from './json-schema.ts'
import { sensitiveIn } from './sensitive.ts'
import { compileStringify } from './stringify.ts'
import { buildWalk, type Step } from './walk.ts'

/** Makes the error that a failed check is thrown as. */
export type Fail = (failure: CheckFailure) => Error

/** A schema, compiled once. */
export interface CompiledSchema {
  readonly schema: TSchema
  /** From the wire to a handler: fill defaults, check, drop unknown keys, decode. */
  take(value: unknown, fail: Fail): unknown
  /** From a handler to the wire: encode, fill defaults, check, drop unknown keys. */
  give(value: unknown, fail: Fail): unknown
  /** {@link CompiledSchema.take} without the check, for what was checked on the other side. */
  decode(value: unknown): unknown
  /** {@link CompiledSchema.give} without the check, for what is checked on the other side. */
  encode(value: unknown): unknown
  /** Turns bytes, which may stay bytes until JSON is written, into base64; undefined where the schema has none. */
  readonly toJson: ((value: unknown) => unknown) | undefined
  /** A value for logs, without what the schema marks `sensitive: true`; undefined where it marks nothing. */
  readonly redact: ((value: unknown) => unknown) | undefined
  /** JSON text of a value that `give` returned. */
  stringify(value: unknown): string
}

const compiled = new WeakMap<TSchema, CompiledSchema>()

/** Compiles a schema, once for each schema object. Throws an error that says where and what, if it cannot be. */
export function compileSchema(schema: TSchema): CompiledSchema {
  let result = compiled.get(schema)
  if (!result) compiled.set(schema, (result = compile(schema)))
  return result
}

function compile(schema: TSchema): CompiledSchema {
  const json = schema as JsonSchema
  const { check, accepts } = compileChecks(json)
  const fill = buildWalk(json, { fill: true, accepts })
  const finish = buildWalk(json, { drop: true, convert: 'decode', accepts })
  const encode = buildWalk(json, { fill: true, convert: 'encode', accepts })
  const drop = buildWalk(json, { drop: true, accepts })
  const decode = buildWalk(json, { convert: 'decode', accepts })
  const toJson = buildWalk(json, { convert: 'base64', accepts })
  const sensitive = sensitiveIn(json)
  let stringify: ((value: unknown) => string) | undefined

  const discreet = (fail: Fail): Fail => (sensitive ? (failure) => fail(sensitive.hide(failure)) : fail)
  const passed = (value: unknown, fail: Fail): unknown => {
    const failure = check(value)
    if (failure !== undefined) throw fail(failure)
    return value
  }
  const unchecked = (step: Step | undefined, value: unknown): unknown => {
    if (step === undefined) return value
    // What a transform throws may hold what it was given.
    return sensitive ? guarded(step, value, discreet(unshown)) : step(value)
  }
  return {
    schema,
    take(value, tell) {
      const fail = discreet(tell)
      return guarded(finish, passed(guarded(fill, value, fail), fail), fail)
    },
    give(value, tell) {
      const fail = discreet(tell)
      return guarded(drop, passed(guarded(encode, value, fail), fail), fail)
    },
    decode: (value) => unchecked(decode, value),
    encode: (value) => unchecked(encode, value),
    stringify: (value) => (stringify ??= compileStringify(json, toJson))(value),
    toJson,
    redact: sensitive?.redact,
  }
}

// A transform may refuse what the schema let pass, an invalid Date for one. What is nested without end overflows the
// stack here or in the check; in process no parser's depth limit stands before either.
function guarded(step: Step | undefined, value: unknown, fail: Fail): unknown {
  if (step === undefined) return value
  try {
    return step(value)
  } catch (error) {
    if (isOverflow(error)) throw fail(tooDeep)
    throw fail({
      pointer: '',
      keyword: 'transform',
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

function unshown({ message }: CheckFailure): Error {
  return new TypeError(
    `a message ${message}; why is not shown, since its schema marks something as sensitive`,
  )
}
