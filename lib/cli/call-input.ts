import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { isatty } from 'node:tty'
import { failure, oneLine, wrongUsage } from './failure.ts'
import { parseJsonText } from './json-text.ts'
import { readMessageLines, type MessageLines } from './message-lines.ts'
import type { Terminal } from './terminal.ts'

/** What a call sends: one message, a stream of them, or nothing. */
export interface CallInput {
  readonly message?: unknown
  readonly lines?: MessageLines
}

/** Where it comes from, as the command line says. */
export interface InputChoice {
  /** JSON, `@file`, or `-` for one message from stdin. */
  readonly payload: string | undefined
  /** Whether stdin is a stream whatever it is, and the call begins before its first message. */
  readonly stream: boolean
  /** Whether stdin may be read at all. */
  readonly stdin: boolean
}

const silenceMs = 3_000

/**
 * Finds out what a call sends. Without a payload that is what stands on stdin, unless that is a terminal or ends before a
 * first message. Throws a CommandError for what is no JSON and for files that are not there.
 */
export async function readInput(
  { payload, stream, stdin }: InputChoice,
  terminal: Terminal,
): Promise<CallInput> {
  if (stream && payload !== undefined)
    throw wrongUsage('a payload and --stream are two sources of messages; give one of them')
  if (stream && !stdin) throw wrongUsage('--stream reads stdin, and --no-stdin does not; give one of them')
  if (payload === '-') return { message: parse(await textOfStdin(), 'stdin') }
  if (payload?.startsWith('@') === true)
    return { message: parse(await textOfFile(payload.slice(1)), payload.slice(1)) }
  if (payload !== undefined) return { message: parse(payload, 'the payload') }
  if (stream) return { lines: readMessageLines(process.stdin) }
  if (!stdin || isatty(0)) return {}
  const lines = readMessageLines(process.stdin)
  return (await sayingThatItWaits(lines.begun, terminal)) ? { lines } : {}
}

/** Who runs it in a terminal, and did not mean stdin, would not know why nothing happens. */
async function sayingThatItWaits<T>(promise: Promise<T>, terminal: Terminal): Promise<T> {
  if (!isatty(2)) return promise
  const note = 'microapi: waiting for messages on stdin, one a line; --no-stdin calls without any'
  const timer = setTimeout(() => terminal.warn(note), silenceMs)
  return promise.finally(() => clearTimeout(timer))
}

function parse(text: string, what: string): unknown {
  try {
    return parseJsonText(text)
  } catch (error) {
    throw wrongUsage(`${what}: ${oneLine(error)}; write it as in '{"user_id":1}'`)
  }
}

async function textOfFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw wrongUsage(`there is no file ${file}; @ stands before the path of a payload`)
    throw failure(`${file} cannot be read: ${message}; @ stands before the path of a payload`, error)
  }
}

async function textOfStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
