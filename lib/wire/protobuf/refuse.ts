import { RpcError } from '../../core/errors.ts'

/** Throws what is wrong at a place in a message: `users.User.age must be an integer`. */
export function refuse(where: string, problem: string): never {
  throw new RpcError('INVALID_ARGUMENT', `${where} ${problem}`)
}

/** Says what a value is, shortly. */
export function told(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' || typeof value === 'function') return 'an object'
  // oxlint-disable-next-line typescript/no-base-to-string -- what is left is no object
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`
}

/** Puts a key that came over the wire into an object; throws for those that JSON's reader refuses too. */
export function putKey(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') refuse('protobuf', 'holds the key "__proto__", which is refused')
  if (
    key === 'constructor' &&
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'prototype')
  )
    refuse('protobuf', 'holds the key "constructor.prototype", which is refused')
  into[key] = value
}
