import { parseJson } from './json.ts'
import {
  createDecoder,
  isBlank,
  notUtf8,
  parseItem,
  within,
  type ItemReader,
  type ItemReaderOptions,
} from './item.ts'
import { tooLarge } from './too-large.ts'

const newline = 10

/** Reads NDJSON: one JSON value a line; empty lines are skipped. Errors name the line, counted from 1. */
export function lineReader({ onItem, maxItemBytes, parse = parseJson }: ItemReaderOptions): ItemReader {
  const decoder = createDecoder()
  let pending = ''
  let pendingBytes = 0
  let line = 0

  const take = (text: string): void => {
    line++
    if (!isBlank(text)) within('line', line, () => onItem(parseItem(text, maxItemBytes, parse)))
  }
  const read = (text: string): void => {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      take(pending.length > 0 ? pending + text.slice(from, end) : text.slice(from, end))
      pending = ''
      from = end + 1
    }
    pending += from === 0 ? text : text.slice(from)
  }
  return {
    push(chunk) {
      const { text, broken } = decoder.decode(chunk)
      read(text)
      if (broken) within('line', line + 1, notUtf8)
      const begun = chunk.lastIndexOf(newline) + 1
      pendingBytes = begun === 0 ? pendingBytes + chunk.length : chunk.length - begun
      if (pendingBytes > maxItemBytes) within('line', line + 1, () => tooLarge(maxItemBytes))
    },
    end() {
      if (decoder.decode().broken) within('line', line + 1, notUtf8)
      take(pending)
      pending = ''
    },
  }
}
