import { redacted } from './schema/sensitive.ts'

/** So much of a text has room in a line. */
const longest = 256

/** So deep, and so many in one place, values are shown. */
const deepest = 6
const most = 50

/**
 * Controls, C1 included, Unicode's own line ends, and what turns the direction of writing: by these a text could pretend to
 * be a line of its own, or move a terminal.
 */
const unsafe = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const allUnsafe = new RegExp(unsafe, 'gu')

/** A text with what a line of a log must not hold as JSON's escapes. */
export function escapeText(text: string): string {
  return unsafe.test(text) ? text.replaceAll(allUnsafe, escaped) : text
}

/** {@link escapeText}, cut where it is long. */
export function shortText(text: string): string {
  return escapeText(text.length > longest ? `${text.slice(0, longest)}…` : text)
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What is logged beside a message, with every text in it escaped and short, and errors as {@link loggable} has them. */
export function printable(details: object): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(details)) out[escapeText(key)] = printed(value, 0)
  return out
}

function printed(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortText(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return jsonError(value)
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (Array.isArray(value)) {
    if (depth >= deepest) return '[…]'
    const shown = value.slice(0, most).map((item) => printed(item, depth + 1))
    return value.length > most ? [...shown, `… ${value.length - most} more`] : shown
  }
  // A Date, for one, has its own way to be written.
  if (!isPlain(value)) return value
  if (depth >= deepest) return '{…}'
  const entries = Object.entries(value)
  const shown = entries
    .slice(0, most)
    .map(([key, inner]): [string, unknown] => [shortText(key), printed(inner, depth + 1)])
  if (entries.length > most) shown.push(['…', `${entries.length - most} more`])
  return Object.fromEntries(shown)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/**
 * What was thrown, as logs may have it: its texts escaped but for the line breaks of its stack, and of its details what is
 * not sensitive. The very same error where nothing is to be changed.
 */
export function loggable(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return printed(thrown, 0)
  const changes = changesOf(thrown, 0)
  return Object.keys(changes).length === 0 ? thrown : changed(thrown, changes)
}

/** The same, to be told in JSON too, which by itself shows nothing of an error: not every log knows which keys hold one. */
function jsonError(error: Error, depth = 0): Error {
  const toJSON = { value: errorToJson, enumerable: false, configurable: true, writable: true }
  return changed(error, { ...changesOf(error, depth), toJSON })
}

function errorToJson(this: Error): object {
  const { name, message, stack, cause } = this
  const own = Object.fromEntries(Object.entries(this))
  return Object.assign(own, { type: name, message, stack }, cause === undefined ? {} : { cause })
}

function changed(error: Error, changes: PropertyDescriptorMap): Error {
  const copy: object = Object.create(Object.getPrototypeOf(error) as object)
  const own = Object.getOwnPropertyDescriptors(error)
  // Newer engines have an accessor there, which has nothing to say of a copy.
  const stack = { value: error.stack, enumerable: false, configurable: true, writable: true }
  return Object.defineProperties(copy, { ...own, stack, ...changes }) as Error
}

function changesOf(error: Error, depth: number): PropertyDescriptorMap {
  const changes: PropertyDescriptorMap = {}
  for (const key of Object.getOwnPropertyNames(error)) {
    const before: unknown = (error as unknown as Record<string, unknown>)[key]
    const after = key === 'stack' ? stackOf(error) : partOf(key, before, depth)
    if (after === before) continue
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key)
    changes[key] = { value: after, enumerable, configurable: true, writable: true }
  }
  return changes
}

function partOf(key: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return escapeText(value)
  // A cause that leads back to its error has no end.
  if (value instanceof Error) return depth < deepest ? jsonError(value, depth + 1) : '[…]'
  if (Array.isArray(value) && value.some((one) => one instanceof Error))
    return depth < deepest
      ? value.map((one) => (one instanceof Error ? jsonError(one, depth + 1) : one))
      : '[…]'
  if (key !== 'details' || typeof value !== 'object' || value === null) return value
  return printed(redacted(value), 0)
}

/** The message stands in it, with line breaks that are none of the stack's. */
function stackOf({ stack, message }: Error): string | undefined {
  if (stack === undefined || typeof stack !== 'string') return stack
  const text = message === '' ? stack : stack.replace(message, () => escapeText(message))
  return text
    .split('\n')
    .map((line) => escapeText(line))
    .join('\n')
}
