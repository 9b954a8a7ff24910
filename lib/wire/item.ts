import { RpcError } from '../core/errors.ts'
import { tooLarge } from './too-large.ts'

/** Takes a stream of messages out of the bytes of a body, as they come. */
export interface ItemReader {
  /** Reads on; calls back for each item that is complete. Throws INVALID_ARGUMENT or RESOURCE_EXHAUSTED. */
  push(chunk: Uint8Array): void
  /** Says that the body is complete; throws INVALID_ARGUMENT where it ends in the middle of an item. */
  end(): void
}

/** How to read, and where the items go. */
export interface ItemReaderOptions {
  readonly onItem: (item: unknown) => void
  /** The largest item in bytes. */
  readonly maxItemBytes: number
  readonly parse?: (text: string) => unknown
}

/** Decodes UTF-8 as it comes. */
export interface Utf8Decoder {
  /** The text of the next bytes; without any, of what was left open. What stands before a mistake is still given. */
  decode(chunk?: Uint8Array): { readonly text: string; readonly broken: boolean }
}

const strict = { fatal: true, ignoreBOM: true }
const nothing = new Uint8Array()

/** Makes a decoder for one body. */
export function createDecoder(): Utf8Decoder {
  const decoder = new TextDecoder('utf-8', strict)
  /** A character whose last bytes are still to come. */
  let open: Uint8Array = nothing
  return {
    decode(chunk = nothing) {
      try {
        const text = decoder.decode(chunk, { stream: chunk !== nothing })
        if (chunk.length > 0) open = openCharacter(open, chunk)
        return { text, broken: false }
      } catch {
        return { text: validPart(open, chunk), broken: true }
      }
    },
  }
}

function openCharacter(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk[chunk.length - 1]! < 0x80) return nothing
  const bytes = chunk.length > 3 ? chunk : new Uint8Array([...before, ...chunk])
  let at = bytes.length - 1
  while (at > 0 && bytes[at]! < 0xc0) at--
  const lead = bytes[at]!
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  return bytes.length - at < length ? bytes.slice(at) : nothing
}

// Runs once for a body, when all is lost but what came before.
function validPart(before: Uint8Array, chunk: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', strict)
  let text = ''
  try {
    for (const byte of before) decoder.decode(new Uint8Array([byte]), { stream: true })
    for (const byte of chunk) text += decoder.decode(new Uint8Array([byte]), { stream: true })
  } catch {
    // Here it is.
  }
  return text
}

/** Throws the error of a body that is no UTF-8. */
export function notUtf8(): never {
  throw new RpcError('INVALID_ARGUMENT', 'the body is not UTF-8')
}

/** Parses one item. Throws RESOURCE_EXHAUSTED for one that is too large. */
export function parseItem(text: string, maxBytes: number, parse: (text: string) => unknown): unknown {
  if (exceedsBytes(text, maxBytes)) tooLarge(maxBytes)
  return parse(text)
}

/** Whether a text is longer than so many bytes of UTF-8. */
function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true
  // A UTF-16 unit is at most three bytes: short texts need no counting.
  return text.length * 3 > maxBytes && byteLength(text) > maxBytes
}

/** How many bytes a decoded text had as UTF-8. Readers add it up piece by piece: counting all again for each would be quadratic. */
export function byteLength(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // The halves of a pair are two bytes each.
    if (unit >= 0x80) bytes += unit < 0x8_00 || (unit >= 0xd8_00 && unit < 0xe0_00) ? 1 : 2
  }
  return bytes
}

/** Throws the error of a body that is no JSON. */
export function notJson(why: string): never {
  throw new RpcError('INVALID_ARGUMENT', `not JSON: ${why}`)
}

/** Whether a text holds nothing but JSON's white space. */
export function isBlank(text: string): boolean {
  return text.length === 0 || /^[ \t\r\n]*$/.test(text)
}

/** Runs with the item's place put before the message of what it throws. */
export function within(what: 'line' | 'item', number: number, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    const { code, reason, details, retryable } = error
    throw new RpcError(code, `${what} ${number}: ${error.message}`, {
      reason,
      details,
      retryable,
      cause: error,
    })
  }
}
