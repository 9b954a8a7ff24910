import process from 'node:process'
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { loggable } from '../core/log-text.ts'
import { redactedText } from '../core/schema/sensitive.ts'
import { createPretty } from './pretty.ts'

/** Options of {@link createLog}. */
export interface CreateLogOptions {
  /** The least that is written: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`; MICROAPI_LOG_LEVEL, else `info`. */
  readonly level?: string
  /** Lines for people in place of JSON; by default where the destination is stdout and that is a terminal. */
  readonly pretty?: boolean
  /** Where the lines go: stdout, each written before the call that makes it returns. `pino.destination()` makes others. */
  readonly destination?: DestinationStream
  /** Paths of more that is not to be seen, as pino's `redact` takes them. */
  readonly redact?: readonly string[]
}

/** Names under which secrets are mostly found, and where. A wildcard in place of the latter costs more than all the rest of a line. */
const secretNames = ['authorization', 'cookie', 'password', 'secret', 'token']
const places = ['', 'headers.', 'input.', 'metadata.']

/**
 * Makes a pino logger: a JSON object a line with `level` as a word, `time` in ISO 8601 and errors as objects, or lines for people.
 * No line holds control characters or line breaks of what is logged. What stands under `password`, `secret`, `token`, `cookie` and
 * `authorization` is redacted, at the top of what is logged and in its `input`, `metadata` and `headers`. Throws for a level that pino does not know.
 * @example createApp({ services, log: createLog() })
 */
export function createLog(options: CreateLogOptions = {}): Logger {
  const { level = process.env['MICROAPI_LOG_LEVEL'] ?? 'info', destination } = options
  const { pretty = destination === undefined && process.stdout.isTTY } = options
  const settings: LoggerOptions = {
    level,
    // A word says the same to every reader of logs.
    formatters: { level: (label) => ({ level: label }) },
    timestamp: timeOfNow,
    errorKey: 'error',
    serializers: { error: serialized, err: serialized },
    redact: { paths: [...secretPaths(), ...(options.redact ?? [])], censor: redactedText },
    hooks: { streamWrite: escapeLine },
  }
  const to = destination ?? stdout()
  if (!pretty) return pino(settings, to)
  const { isTTY } = destination ? (destination as { readonly isTTY?: boolean }) : process.stdout
  return pino(settings, createPretty(to, isTTY === true))
}

/** The descriptor itself, which outlives a reader that has gone; unless somebody has put something before it, as tests do. */
function stdout(): DestinationStream {
  const isTheirs = Object.hasOwn(process.stdout, 'write')
  return isTheirs ? process.stdout : pino.destination({ dest: 1, sync: true })
}

let lastMs = 0
let lastTime = ''

/** Written once for all lines of a millisecond: it would be the dearest part of a line. */
function timeOfNow(): string {
  const now = Date.now()
  if (now !== lastMs) {
    lastMs = now
    lastTime = `,"time":"${new Date(now).toISOString()}"`
  }
  return lastTime
}

function serialized(thrown: unknown): unknown {
  const shown = loggable(thrown)
  return shown instanceof Error ? pino.stdSerializers.errWithCause(shown) : shown
}

function secretPaths(): string[] {
  return places.flatMap((place) => secretNames.map((name) => `${place}${name}`))
}

/** What JSON leaves as it is, and some who read lines do not. It stands in strings only. */
const left = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const allLeft = new RegExp(left, 'g')

function escapeLine(line: string): string {
  if (!left.test(line)) return line
  return line.replaceAll(allLeft, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
