import { fromBase64, toBase64 } from './base64.ts'
import { RpcError } from './errors.ts'

/** What metadata can be made from. Keys are lower-cased; repeated values are joined by `, `. */
export type MetadataInit =
  | Metadata
  | { readonly [key: string]: MetadataValue | readonly MetadataValue[] | undefined }

/** Printable ASCII; bytes under keys that end in `-bin`. */
export type MetadataValue = string | Uint8Array

/** String pairs that travel beside a call's messages, both ways. */
export interface Metadata extends Iterable<readonly [key: string, value: string]> {
  readonly size: number
  /** The value, repeated ones joined by `, `; base64 text under a `-bin` key. */
  get(key: string): string | undefined
  /** The bytes under a `-bin` key; throws INVALID_ARGUMENT where they are no base64. */
  getBytes(key: string): Uint8Array | undefined
  has(key: string): boolean
  /** Replaces; throws INVALID_ARGUMENT for a key or value that no transport can carry. */
  set(key: string, value: MetadataValue): Metadata
  /** Adds to what stands under the key, joined by `, `. */
  append(key: string, value: MetadataValue): Metadata
  delete(key: string): Metadata
  toJSON(): Record<string, string>
}

const keyPattern = /^[a-z0-9_.-]+$/
const valuePattern = /^[\x20-\x7e]*$/
const empty: ReadonlyMap<string, string> = new Map()

function normal(key: string): string {
  const lower = key.toLowerCase()
  if (keyPattern.test(lower)) return lower
  throw bad(`key ${JSON.stringify(key)}: use letters, digits, "-", "_" and "." only`)
}

function text(key: string, value: MetadataValue): string {
  if (typeof value === 'string' && valuePattern.test(value)) return value
  if (key.endsWith('-bin') && value instanceof Uint8Array) return toBase64(value)
  throw bad(`${key}: use printable ASCII, or bytes under a key that ends in "-bin"`)
}

function bad(why: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', `metadata ${why}`)
}

// A class, not a closure: two are made for every call, and a literal with eight functions costs ten times as much.
class MetadataMap implements Metadata {
  #entries: Map<string, string> | undefined
  /** Whether others have the same entries: they are copied before they are changed. */
  #isShared = false

  get size(): number {
    return this.#entries?.size ?? 0
  }

  get(key: string): string | undefined {
    return this.#entries?.get(key) ?? this.#entries?.get(key.toLowerCase())
  }

  getBytes(key: string): Uint8Array | undefined {
    const value = this.get(key)
    try {
      return value === undefined ? undefined : fromBase64(value)
    } catch (error) {
      throw bad(`${key}: ${(error as Error).message}`)
    }
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, value: MetadataValue): this {
    const name = normal(key)
    this.#own().set(name, text(name, value))
    return this
  }

  append(key: string, value: MetadataValue): this {
    const before = this.get(key)
    return this.set(key, before === undefined ? value : `${before}, ${text(normal(key), value)}`)
  }

  delete(key: string): this {
    if (this.#entries) this.#own().delete(key.toLowerCase())
    return this
  }

  /** Another of the same entries, which costs no more than itself until one of them is changed. */
  copy(): MetadataMap {
    const copy = new MetadataMap()
    if (!this.#entries) return copy
    copy.#entries = this.#entries
    copy.#isShared = this.#isShared = true
    return copy
  }

  #own(): Map<string, string> {
    if (this.#entries && !this.#isShared) return this.#entries
    this.#isShared = false
    return (this.#entries = new Map(this.#entries))
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return ((this.#entries ?? empty) as Map<string, string>)[Symbol.iterator]()
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this)
  }
}

/** New metadata, a copy of `init`; throws INVALID_ARGUMENT for what no transport can carry. */
export function createMetadata(init?: MetadataInit): Metadata {
  if (init instanceof MetadataMap) return init.copy()
  const metadata = new MetadataMap()
  if (init !== undefined) addMetadata(metadata, init)
  return metadata
}

/** Sets everything that `init` holds; a repeated value (an array) is joined. */
export function addMetadata(metadata: Metadata, init: MetadataInit): void {
  // By shape, so that metadata of another copy of the package is understood as well.
  const entries = Symbol.iterator in init ? init : Object.entries(init)
  for (const [key, value] of entries) {
    if (value === undefined) continue
    if (typeof value === 'string' || value instanceof Uint8Array) metadata.set(key, value)
    else for (const [i, one] of value.entries()) metadata[i === 0 ? 'set' : 'append'](key, one)
  }
}

/** Adds what a peer sent, a repeated value joined. What no metadata can hold is left out: it is not worth failing for. */
export function appendIfSound(metadata: Metadata, key: string, value: unknown): void {
  try {
    metadata.append(key, value as MetadataValue)
  } catch {
    // From a peer that is none of ours.
  }
}

/** Limits on a call's metadata. */
export interface MetadataLimits {
  /** Entries; 100 by default. */
  readonly maxMetadataEntries: number
  /** Bytes of all keys and values; 16 KiB by default. */
  readonly maxMetadataBytes: number
}

/** Throws RESOURCE_EXHAUSTED where metadata is larger than the limits. */
export function checkMetadataSize(metadata: Metadata, limits: MetadataLimits): void {
  if (metadata.size === 0) return
  let bytes = 0
  for (const [key, value] of metadata) bytes += key.length + value.length
  if (metadata.size > limits.maxMetadataEntries || bytes > limits.maxMetadataBytes) {
    throw new RpcError(
      'RESOURCE_EXHAUSTED',
      `metadata of ${metadata.size} entries and ${bytes} bytes is over the limit of ${limits.maxMetadataEntries} entries (maxMetadataEntries) and ${limits.maxMetadataBytes} bytes (maxMetadataBytes)`,
      { reason: 'METADATA_TOO_LARGE' },
    )
  }
}
