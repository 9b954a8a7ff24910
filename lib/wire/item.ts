import { RpcError } from '../core/errors.ts'

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

/** Reads UTF-8 as it comes; throws INVALID_ARGUMENT for what is none. */
export function createDecoder(): { decode(chunk?: Uint8Array): string } {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return {
    decode(chunk) {
      try {
        return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
      } catch (cause) {
        throw new RpcError('INVALID_ARGUMENT', 'the body is not UTF-8', { cause })
      }
    },
  }
}

/** Parses one item. Throws RESOURCE_EXHAUSTED for one that is too large. */
export function parseItem(text: string, maxBytes: number, parse: (text: string) => unknown): unknown {
  if (exceedsBytes(text, maxBytes)) tooLarge(maxBytes)
  return parse(text)
}

/** Whether a text is longer than so many bytes of UTF-8. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true
  // A UTF-16 unit is at most three bytes: short texts need no counting.
  return text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes
}

/** Throws the error of an item that is too large. */
export function tooLarge(maxBytes: number): never {
  throw new RpcError('RESOURCE_EXHAUSTED', `message of more than ${maxBytes} bytes (maxMessageBytes)`, { reason: 'TOO_LARGE' })
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
    throw new RpcError(code, `${what} ${number}: ${error.message}`, { reason, details, retryable, cause: error })
  }
}
