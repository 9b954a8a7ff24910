import { toBase64 } from '../core/base64.ts'
import { isRpcError, type RpcError } from '../core/errors.ts'
import type { ErrorCode } from '../core/status.ts'

/** Throws where the condition does not hold. */
export function check(condition: unknown, message: string): asserts condition {
  if (condition === undefined || condition === null || condition === false) throw new Error(message)
}

/** Throws where two values differ; dates, bigints and bytes are compared by what they say. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  if (!same(actual, expected)) throw new Error(`${what} is ${show(actual)} and should be ${show(expected)}`)
}

/** What an expected failure is held against; what is left out is not looked at. */
export interface ExpectedFailure {
  readonly code: ErrorCode
  readonly reason?: string
  readonly message?: string | RegExp
  readonly details?: unknown
}

/** Waits for a failure and returns it; throws where the work succeeds or fails in another way. */
export async function fails(
  work: PromiseLike<unknown> | (() => unknown),
  expected: ExpectedFailure,
): Promise<RpcError> {
  let value: unknown
  try {
    value = await (typeof work === 'function' ? work() : work)
  } catch (error) {
    check(isRpcError(error), `failed with ${show(error)} in place of an RpcError of code ${expected.code}`)
    equal(error.code, expected.code, `the code of "${error.message}"`)
    if (expected.reason !== undefined) equal(error.reason, expected.reason, 'the reason')
    if ('details' in expected) equal(error.details, expected.details, 'details')
    if (typeof expected.message === 'string') equal(error.message, expected.message, 'the message')
    else if (expected.message)
      check(expected.message.test(error.message), `"${error.message}" does not match ${expected.message}`)
    return error
  }
  throw new Error(`gave ${show(value)} where it should fail with ${expected.code}`)
}

/** A message as JSON carries it: where no JSON stood between the two sides, bytes are bytes still. */
export function asJson(message: unknown): unknown {
  return JSON.parse(
    JSON.stringify(message, (_, value: unknown) => (value instanceof Uint8Array ? toBase64(value) : value)),
  )
}

/** All items of a stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime()
  if (a instanceof Uint8Array !== b instanceof Uint8Array || Array.isArray(a) !== Array.isArray(b))
    return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key as never], b[key as never]))
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text =
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one)) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
