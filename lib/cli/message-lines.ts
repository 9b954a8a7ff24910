import type { Readable } from 'node:stream'
import { isRpcError, RpcError } from '../core/errors.ts'
import { createStream, type BoundedStream } from '../core/stream.ts'
import { lineReader } from '../wire/line-reader.ts'
import { oneLine, wrongUsage, type CommandError } from './failure.ts'
import { parseJsonText } from './json-text.ts'

/** Messages, one a line, as they come. */
export interface MessageLines {
  /** While they are not taken, nothing more is read. */
  readonly items: BoundedStream<unknown>
  /** Whether there are any: known with the first, or at the end. Rejects with a CommandError where the first is broken. */
  readonly begun: Promise<boolean>
  /** How many have been taken. */
  readonly taken: number
  /** The message that there was, where there was one in all, and that is an object. */
  readonly only: object | undefined
  /** What is wrong with a line, once it is. */
  readonly failure: CommandError | undefined
}

/** So long that nobody writes it, and short enough to be held. What a transport takes is less. */
const maxLineBytes = 64 * 1_024 * 1_024

const wayOut = 'write each message on a line of its own, or give - for one message over several lines'

/** Says what is wrong with a message, or undefined where nothing is. */
export type Complaint = (message: unknown) => string | undefined

/**
 * Reads NDJSON; empty lines are skipped. What is broken, or complained of, ends the items, with a CommandError that names the
 * line.
 */
export function readMessageLines(source: Readable, complaint?: Complaint): MessageLines {
  let taken = 0
  let count = 0
  let first: unknown
  let ended = false
  let failure: CommandError | undefined
  let begin!: (any: boolean) => void
  let refuse!: (error: unknown) => void
  const begun = new Promise<boolean>((resolve, reject) => ([begin, refuse] = [resolve, reject]))
  // Who does not ask learns of it from the items.
  begun.catch(() => {})
  const items = createStream<unknown>({
    onTake: () => taken++,
    onDrain: () => void source.resume(),
    onClose: () => void source.pause(),
  })
  const onItem = (item: unknown): void => {
    if (count++ === 0) first = item
    items.push(item)
    begin(true)
  }
  const fail = (what: string): void => {
    failure ??= wrongUsage(what)
    refuse(failure)
    items.fail(failure)
    source.pause()
  }
  const parse = (text: string): unknown => {
    const message = parseLine(text)
    const wrong = complaint?.(message)
    if (wrong !== undefined) throw new RpcError('INVALID_ARGUMENT', wrong, { reason: 'VALIDATION' })
    return message
  }
  const reader = lineReader({ onItem, maxItemBytes: maxLineBytes, parse })
  const reading = (read: () => void): void => {
    if (failure) return
    try {
      read()
    } catch (error) {
      fail(`stdin ${oneLine(error)}${isRpcError(error, 'VALIDATION') ? '' : `; ${wayOut}`}`)
    }
  }
  source
    .on('data', (chunk: Buffer) => {
      reading(() => reader.push(chunk))
      if (!items.writable) source.pause()
    })
    .on('end', () => {
      reading(() => reader.end())
      ended = true
      begin(false)
      items.end()
    })
    .on('error', (error: Error) => fail(`stdin cannot be read: ${error.message}; give it a file or a pipe`))
  return {
    items,
    begun,
    get taken() {
      return taken
    },
    get only() {
      const isOnly = ended && count === 1 && typeof first === 'object' && !Array.isArray(first)
      return isOnly ? (first ?? undefined) : undefined
    },
    get failure() {
      return failure
    },
  }
}

function parseLine(text: string): unknown {
  try {
    return parseJsonText(text)
  } catch (cause) {
    // What the reader puts the line's number before.
    throw new RpcError('INVALID_ARGUMENT', oneLine(cause), { cause })
  }
}
