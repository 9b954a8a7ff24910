import { RpcError } from '../core/errors.ts'
import {
  byteLength,
  createDecoder,
  isBlank,
  notJson,
  notUtf8,
  parseItem,
  within,
  type ItemReader,
  type ItemReaderOptions,
} from './item.ts'
import { tooLarge } from './too-large.ts'
import { closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './json-chars.ts'
import { endOfString, parseJson } from './json.ts'

/**
 * Reads a JSON array item by item. `null`, `{}` and nothing are an empty stream, as the Python package has it.
 * Errors name the item, counted from 0.
 */
export function arrayReader({ onItem, maxItemBytes, parse = parseJson }: ItemReaderOptions): ItemReader {
  const decoder = createDecoder()
  const boundaries = createScanner()
  let state: 'before' | 'items' | 'after' | 'value' = 'before'
  let index = 0
  /** Whether the item at `index` has been handed out already. */
  let complete = false
  let pending = ''
  let pendingBytes = 0

  const keep = (text: string): void => {
    pending += text
    pendingBytes += byteLength(text)
  }
  const emit = (text: string): void => {
    complete = true
    within('item', index, () => onItem(parseItem(text, maxItemBytes, parse)))
  }
  // What stands before a comma or the closing bracket, where it is not the end of an object or array itself.
  const separate = (text: string, last: boolean): void => {
    if (isBlank(text)) {
      // `[]` has no item; `[1,]` and `[,1]` lack one.
      if (!complete && (!last || index > 0))
        within('item', index, () => notJson('nothing stands where an item is due'))
    } else if (complete) within('item', index, () => notJson('a comma is due'))
    else emit(text)
    index++
    complete = false
  }
  const readItems = (text: string): void => {
    let from = 0
    for (let at = boundaries(text, 0); at < text.length; at = boundaries(text, at + 1)) {
      const char = text.charCodeAt(at)
      const closesItem = !(char === comma || boundaries.ended)
      const part = text.slice(from, closesItem ? at + 1 : at)
      const all = pending.length > 0 ? pending + part : part
      pending = ''
      pendingBytes = 0
      from = at + 1
      if (!closesItem) separate(all, boundaries.ended)
      else if (complete) within('item', index, () => notJson('a comma is due'))
      // Handed out at once: the comma behind it may be as far away as the next message.
      else emit(all)
      if (!boundaries.ended) continue
      state = 'after'
      return read(text.slice(from))
    }
    keep(text.slice(from))
    if (pendingBytes > maxItemBytes) within('item', index, () => tooLarge(maxItemBytes))
  }
  const read = (text: string): void => {
    if (state === 'items') return readItems(text)
    if (state === 'after') return isBlank(text) ? undefined : notJson('something stands behind the array')
    if (state === 'before') {
      const begin = text.search(/[^ \t\r\n]/)
      if (begin < 0) return
      if (text.charCodeAt(begin) === openBracket) {
        state = 'items'
        return readItems(text.slice(begin + 1))
      }
      state = 'value'
    }
    keep(text)
    if (pendingBytes > maxItemBytes) tooLarge(maxItemBytes)
  }
  const decode = (chunk?: Uint8Array): void => {
    const { text, broken } = decoder.decode(chunk)
    read(text)
    if (!broken) return
    if (state === 'items') within('item', index, notUtf8)
    notUtf8()
  }
  return {
    push: (chunk) => decode(chunk),
    end() {
      decode()
      if (state === 'items') notJson('the array has no end')
      if (state === 'value') assertEmpty(parse(pending))
    },
  }
}

function assertEmpty(value: unknown): void {
  if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) return
  throw new RpcError(
    'INVALID_ARGUMENT',
    'this method takes a stream: send a JSON array, or one message a line as application/x-ndjson',
  )
}

/** Finds where an array's items end: behind the bracket that closes one, at the commas, at the bracket behind them all. */
interface Scanner {
  /** The next such place at or behind `from`, or the text's length; it keeps its state from text to text. */
  (text: string, from: number): number
  /** Whether the array itself has ended. */
  readonly ended: boolean
}

function createScanner(): Scanner {
  let depth = 0
  let inString = false
  let escaped = false
  let ended = false

  const scan = (text: string, from: number): number => {
    for (let i = from; i < text.length; i++) {
      if (inString) {
        const start = escaped ? i + 1 : i
        i = endOfString(text, start)
        inString = i >= text.length
        escaped = inString && endsInEscape(text, start)
        continue
      }
      const char = text.charCodeAt(i)
      if (char === quote) {
        inString = true
        escaped = false
      } else if (char === openBrace || char === openBracket) depth++
      else if (char === comma && depth === 0) return i
      else if (char === closeBrace || char === closeBracket) {
        ended = depth === 0 && char === closeBracket
        depth--
        if (depth <= 0) return i
      }
    }
    return text.length
  }
  return Object.defineProperty(scan, 'ended', { get: () => ended }) as unknown as Scanner
}

/** Whether the last character of a string's part escapes the one that is still to come. */
function endsInEscape(text: string, from: number): boolean {
  let slashes = 0
  for (let i = text.length - 1; i >= from && text[i] === '\\'; i--) slashes++
  return slashes % 2 === 1
}
