import fc from 'fast-check'
import { RpcError } from 'microapi-ts'
import type { ItemReader, ItemReaderOptions } from '../../lib/wire/item.ts'

/** Makes the reader under test. */
export type OpenReader = (options: ItemReaderOptions) => ItemReader

/** What a reader made of a body: the items that it handed out, and what it refused the rest with. */
export interface Outcome {
  readonly items: unknown[]
  readonly error: RpcError | undefined
}

const noLimit = 1_000_000

/** Feeds the chunks of a body. Whatever is thrown but an RpcError comes through. */
export function readAll(open: OpenReader, chunks: readonly Uint8Array[], maxItemBytes = noLimit): Outcome {
  const items: unknown[] = []
  const reader = open({ maxItemBytes, onItem: (item) => items.push(item) })
  try {
    for (const chunk of chunks) reader.push(chunk)
    reader.end()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return { items, error }
  }
  return { items, error: undefined }
}

/** A text as UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The bytes cut behind each of these places. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length))
}

/** Each byte by itself. */
export function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
}

/** The value, or undefined for what JSON.parse refuses; UTF-8 is taken to the letter. */
export function parsed(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Small random numbers from a seed, so that a failure can be run again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** The bytes with a few of them changed, left out or doubled; most changes are to what means something in JSON. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const telling = bytesOf('[]{},:"\\ \n\r\t0-1eE.+tfnu/\u00e9\u{1f600}')
  const out = [...bytes]
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(out.length + 1)
    const byte = random(4) === 0 ? random(256) : telling[random(telling.length)]!
    const how = random(4)
    if (how === 0) out.splice(at, 1)
    else if (how === 1) out.splice(at, 0, byte)
    else if (how === 2) out.splice(at, 1, byte)
    else out.splice(at, 0, ...out.slice(at, at + 1 + random(5)))
  }
  return Uint8Array.from(out)
}

/** Whether a value has a key that is refused. */
export function pollutes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Object.hasOwn(value, '__proto__')) return true
  const { constructor } = value as { constructor: unknown }
  const own = Object.hasOwn(value, 'constructor') && typeof constructor === 'object' && constructor !== null
  return (own && Object.hasOwn(constructor, 'prototype')) || Object.values(value).some(pollutes)
}

/** Whatever JSON can say, but for the refused keys. */
export const jsonValues = fc.jsonValue({ stringUnit: 'binary' }).filter((value) => !pollutes(value))
