import { RpcError } from '../core/errors.ts'
import { backslash, closeBrace, closeBracket, openBrace, openBracket, quote } from './json-chars.ts'

/** How deep arrays and objects may be nested in what comes in, unless an option says otherwise. */
const defaultMaxDepth = 64

/**
 * Parses JSON from a peer that is not trusted. Throws INVALID_ARGUMENT for what is no JSON, for nesting deeper than
 * `maxDepth`, and for keys that could change an object's prototype (`__proto__`, `constructor.prototype`).
 */
export function parseJson(text: string, maxDepth: number = defaultMaxDepth): unknown {
  // Before parsing: ajv's checks of recursive schemas recurse as deep as the value goes.
  if (text.length > maxDepth * 2 && isDeeper(text, maxDepth)) {
    throw tooDeep(maxDepth)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RpcError('INVALID_ARGUMENT', `not JSON: ${withoutText((cause as Error).message)}`, { cause })
  }
  const refusal = mayPollute(text) ? refusalIn(value, maxDepth) : undefined
  if (refusal) throw refusal
  return value
}

/** What {@link parseJson} would refuse about JSON that has been parsed already: it may say to whom the refusal goes. */
export function refusalOf(text: string, value: unknown, maxDepth: number): RpcError | undefined {
  const mayBeDeep = text.length > maxDepth * 2 && hasMoreOpenings(text, maxDepth)
  return mayBeDeep || mayPollute(text) ? refusalIn(value, maxDepth) : undefined
}

/** V8 quotes from what it parses, which may hold anything: a password of which a comma is missing. */
function withoutText(message: string): string {
  return message.replace(/,? ?(?:\.\.\.)?(?<!')"[^]*$/, '')
}

function tooDeep(maxDepth: number): RpcError {
  return new RpcError('INVALID_ARGUMENT', `JSON is nested deeper than ${maxDepth} levels (maxDepth)`)
}

// A look at the text is far cheaper than a walk over the value; a key may also hide behind \u escapes.
function mayPollute(text: string): boolean {
  return text.includes('__proto__') || text.includes('constructor') || text.includes('\\u')
}

function refusalIn(value: unknown, maxDepth: number, depth = 1): RpcError | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > maxDepth) return tooDeep(maxDepth)
  if (Object.hasOwn(value, '__proto__')) return refusedKey('__proto__')
  if (Object.hasOwn(value, 'constructor') && Object.hasOwn(Object(value.constructor), 'prototype'))
    return refusedKey('constructor.prototype')
  for (const inner of Object.values(value)) {
    const refusal = refusalIn(inner, maxDepth, depth + 1)
    if (refusal) return refusal
  }
  return undefined
}

function refusedKey(key: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', `JSON holds the key "${key}", which is refused`)
}

function isDeeper(text: string, maxDepth: number): boolean {
  if (!hasMoreOpenings(text, maxDepth)) return false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === quote) i = endOfString(text, i + 1)
    else if (char === openBracket || char === openBrace) {
      if (++depth > maxDepth) return true
    } else if (char === closeBracket || char === closeBrace) depth--
  }
  return false
}

function hasMoreOpenings(text: string, count: number): boolean {
  let found = 0
  for (const char of ['{', '[']) {
    for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) {
      if (++found > count) return true
    }
  }
  return false
}

/** Where a JSON string ends whose content begins at `from`; the text's length if it does not. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === backslash && at - 1 - slashes >= from) slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}
