import { createRequire } from 'node:module'
import process from 'node:process'
import type { DestinationStream } from 'pino'
import type { prettyFactory } from 'pino-pretty'
import { escapeText } from '../core/log-text.ts'

/** One line of a log, parsed. */
type Line = Readonly<Record<string, unknown>>

interface PinoPretty {
  readonly prettyFactory: typeof prettyFactory
}

/** Takes lines of JSON and writes them for people, in colour where they go to a terminal, unless NO_COLOR is set. */
export function createPretty(to: DestinationStream, isTerminal: boolean): DestinationStream {
  // Loaded here: it takes as long as pino itself, and what runs in production has no use for it.
  const { prettyFactory: factory } = createRequire(import.meta.url)('pino-pretty') as PinoPretty
  const format = factory({
    colorize: isTerminal && process.env['NO_COLOR'] === undefined,
    errorLikeObjectKeys: ['error', 'err'],
    ignore: 'pid,hostname',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return {
    write(text) {
      to.write(format(forPeople(escaped(JSON.parse(text)) as Line)) ?? text)
    },
  }
}

/** With every text as it may be written to a terminal. */
function escaped(value: unknown, key?: string): unknown {
  if (typeof value === 'string')
    return key === 'stack' ? value.split('\n').map(escapeText).join('\n') : escapeText(value)
  if (Array.isArray(value)) return value.map((item) => escaped(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [escapeText(name), escaped(inner, name)]),
  )
}

/** What `requestLog` says of a call, as a sentence. */
function forPeople(line: Line): Line {
  const { msg, service, method, code, ms, peer, ...rest } = line
  if (msg !== 'call' || typeof service !== 'string' || typeof method !== 'string' || typeof ms !== 'number')
    return line
  const { transport = '', address = '' } = (peer ?? {}) as { transport?: string; address?: string }
  return { ...rest, msg: `${service}.${method} ${String(code)} ${ms} ms ${transport} ${address}`.trimEnd() }
}
