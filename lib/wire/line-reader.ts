import { parseJson } from './json.ts'
import { createDecoder, exceedsBytes, isBlank, parseItem, tooLarge, within, type ItemReader, type ItemReaderOptions } from './item.ts'

/** Reads NDJSON: one JSON value a line; empty lines are skipped. Errors name the line, counted from 1. */
export function lineReader({ onItem, maxItemBytes, parse = parseJson }: ItemReaderOptions): ItemReader {
  const decoder = createDecoder()
  let pending = ''
  let line = 0

  const take = (text: string): void => {
    line++
    if (!isBlank(text)) within('line', line, () => onItem(parseItem(text, maxItemBytes, parse)))
  }
  return {
    push(chunk) {
      const text = decoder.decode(chunk)
      let from = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        take(pending.length > 0 ? pending + text.slice(from, end) : text.slice(from, end))
        pending = ''
        from = end + 1
      }
      pending += from === 0 ? text : text.slice(from)
      if (exceedsBytes(pending, maxItemBytes)) within('line', line + 1, () => tooLarge(maxItemBytes))
    },
    end() {
      const rest = pending + decoder.decode()
      pending = ''
      take(rest)
    },
  }
}

