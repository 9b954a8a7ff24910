import { isRpcError } from '../../core/errors.ts'
import { deadNameOf, type DeadLetters } from '../../wire/broker/dead-letters.ts'
import { alignRows } from '../align-rows.ts'
import { failure, wrongUsage } from '../failure.ts'
import type { Terminal } from '../terminal.ts'
import { loadDescription } from './described.ts'
import { count, cut, shown, time } from './shown.ts'
import { unlessAborted, withBroker } from './with-broker.ts'

/** What is listed, and how. */
export interface ListOptions {
  readonly app?: string
  /** How many messages of each are looked at. */
  readonly limit: number
  /** A line of JSON for each. */
  readonly json?: boolean
}

/** What is known of the dead letters of one queue or topic. */
interface Listed {
  readonly name: string
  readonly messages: number
  /** How many of them the rest is known of. */
  readonly lookedAt: number
  /** In ms since the epoch. */
  readonly oldest: number | undefined
  readonly newest: number | undefined
  /** How many failed with each code, the commonest first. */
  readonly errors: readonly (readonly [code: string, messages: number])[]
}

/** At so many queues or topics it looks at once. */
const atOnce = 8

/** Lists queues or topics of dead letters: those that are named, those of an app, or all that the broker knows. Throws a CommandError. */
export async function listDeadLetters(
  url: string,
  names: readonly string[],
  { app: argument, limit, json = false }: ListOptions,
  terminal: Terminal,
): Promise<void> {
  const app = await loadDescription(argument, terminal)
  await withBroker(url, async (letters, signal) => {
    const found = names.length > 0 ? names.map(deadNameOf) : await letters.names(app)
    if (!found)
      throw wrongUsage(
        'RabbitMQ tells nobody over AMQP which queues it has; name them, or give the app: microapi dlq list URL orders, or --app src/app.ts',
      )
    const all: Listed[] = []
    for (let at = 0; at < found.length && !signal.aborted; at += atOnce) {
      const some = found.slice(at, at + atOnce)
      const looked = await unlessAborted(
        signal,
        Promise.all(some.map((name) => look(letters, name, limit, signal))),
      )
      for (const [i, one] of (looked ?? []).entries()) {
        if (one) all.push(one)
        else if (names.length > 0)
          throw failure(
            `there is no ${shown(some[i]!)} at ${letters.address}; nothing has failed there for good, or it has another name`,
          )
      }
    }
    if (signal.aborted) return
    if (all.length === 0) terminal.warn(`microapi: no dead letters at ${letters.address}`)
    else for (const line of json ? all.map(listedJson) : listedLines(all)) terminal.print(line)
  })
}

/** Nothing where it is not there. */
async function look(
  letters: DeadLetters,
  name: string,
  limit: number,
  signal: AbortSignal,
): Promise<Listed | undefined> {
  const queue = await letters.open(name, { limit }).catch((error: unknown) => {
    if (isRpcError(error) && error.code === 'NOT_FOUND') return undefined
    throw error
  })
  if (!queue) return undefined
  const times: number[] = []
  const errors = new Map<string, number>()
  let lookedAt = 0
  try {
    while (lookedAt < limit && !signal.aborted) {
      const letter = await queue.next()
      if (!letter) break
      lookedAt++
      const { failedAt, error } = letter
      if (failedAt !== undefined) times.push(failedAt)
      const code = error?.code ?? 'without an error'
      errors.set(code, (errors.get(code) ?? 0) + 1)
    }
  } finally {
    await queue.close()
  }
  return {
    name,
    messages: Math.max(queue.count, lookedAt),
    lookedAt,
    oldest: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
    newest: times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b)),
    errors: [...errors].toSorted((a, b) => b[1] - a[1]),
  }
}

/** How many codes have a place in a row. */
const mostCodes = 3

function listedLines(all: readonly Listed[]): readonly string[] {
  const head = ['QUEUE', 'MESSAGES', 'OLDEST', 'NEWEST', 'ERRORS']
  const rows = all.map(({ name, messages, lookedAt, oldest, newest, errors }) => {
    const codes = errors.slice(0, mostCodes).map(([code, of]) => `${cut(code, 40)} ${count(of)}`)
    const more = errors.length > mostCodes ? [`${errors.length - mostCodes} more`] : []
    return {
      cells: [
        shown(name),
        count(messages),
        time(oldest),
        time(newest),
        [...codes, ...more].join(', ') || '-',
      ],
      notes:
        lookedAt < messages
          ? [`times and errors are of the ${count(lookedAt)} at its front; --limit looks at more`]
          : [],
    }
  })
  return alignRows(
    [{ cells: head, notes: [] }, ...rows].map(({ cells, notes }) => ({
      cells: cells.map((cell) => [cell]),
      notes,
    })),
  )
}

function listedJson({ name, messages, lookedAt, oldest, newest, errors }: Listed): string {
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString()
  const record = { name, messages, lookedAt, oldest: iso(oldest), newest: iso(newest) }
  return shown(JSON.stringify({ ...record, errors: Object.fromEntries(errors) }))
}
