import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { isatty } from 'node:tty'
import type { CalledMethod } from './call-description.ts'
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

/** What a server says of the method that is called, once it is asked. */
export type AskMethod = () => Promise<CalledMethod | undefined>

/**
 * Finds out what a call sends. Without a payload that is what stands on stdin, unless that is a terminal or ends before a
 * first message: a stream, unless the method is known to take one message. Throws a CommandError for what is no JSON, for
 * files that are not there, and for messages that the method is known not to take.
 */
export async function readInput(choice: InputChoice, ask: AskMethod, terminal: Terminal): Promise<CallInput> {
  const { payload, stream, stdin } = choice
  if (stream && payload !== undefined)
    throw wrongUsage('a payload and --stream are two sources of messages; give one of them')
  if (stream && !stdin) throw wrongUsage('--stream reads stdin, and --no-stdin does not; give one of them')
  const given = payload === undefined ? undefined : await readPayload(payload)
  const method = await ask()
  if (given) return { message: checked(given.message, given.what, method) }
  if (stream) {
    if (method && !takesMany(method))
      throw wrongUsage('--stream sends many messages, and the method takes one; leave it out')
    return { lines: linesOf(method) }
  }
  if (!stdin || isatty(0)) return nothing(method)
  if (!method) {
    const lines = readMessageLines(process.stdin)
    return (await sayingThatItWaits(lines.begun, terminal)) ? { lines } : {}
  }
  if (takesMany(method)) return { lines: linesOf(method) }
  if (method.takesNothing) return nothing(method)
  const text = await sayingThatItWaits(textOfStdin(), terminal)
  return text.trim() === '' ? nothing(method) : { message: checked(parse(text, 'stdin'), 'stdin', method) }
}

/** Of an event each message is published. */
function takesMany({ takesStream, kind }: CalledMethod): boolean {
  return takesStream || kind === 'event'
}

function nothing(method: CalledMethod | undefined): CallInput {
  if (method?.takesStream === false) checked({}, 'a message is missing', method)
  return {}
}

function checked(message: unknown, what: string, method: CalledMethod | undefined): unknown {
  // An array is a whole stream.
  const isStream = method?.takesStream === true && Array.isArray(message)
  for (const [i, one] of (isStream ? message : [message]).entries()) {
    const wrong = method?.complaint(one)
    if (wrong !== undefined) throw wrongUsage(`${what}${isStream ? `, message ${i + 1}` : ''}: ${wrong}`)
  }
  return message
}

function linesOf(method: CalledMethod | undefined): MessageLines {
  return readMessageLines(process.stdin, method?.complaint)
}

async function readPayload(payload: string): Promise<{ readonly message: unknown; readonly what: string }> {
  if (payload === '-') return { message: parse(await textOfStdin(), 'stdin'), what: 'stdin' }
  if (!payload.startsWith('@')) return { message: parse(payload, 'the payload'), what: 'the payload' }
  const file = payload.slice(1)
  return { message: parse(await textOfFile(file), file), what: file }
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
