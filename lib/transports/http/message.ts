import { RpcError } from '../../core/errors.ts'
import { isBlank } from '../../wire/item.ts'
import { parseJson } from '../../wire/json.ts'
import { ndjsonType } from './headers.ts'

/** Parses the one message of a body. Nothing is `undefined`; of NDJSON's lines one may hold something. */
export function parseMessage(text: string, type: string, maxDepth: number): unknown {
  if (isBlank(text)) return undefined
  if (type === ndjsonType && text.includes('\n')) {
    const lines = text.split('\n').filter((line) => !isBlank(line))
    if (lines.length > 1)
      throw new RpcError(
        'UNIMPLEMENTED',
        'more than one message where one is due: this method takes a single message',
      )
  }
  return parseJson(text, maxDepth)
}
