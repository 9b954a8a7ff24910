import { isRpcError, type RpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'
import type { DeadLetter, DeadLetterQueue } from '../../wire/broker/dead-letters.ts'
import { failure, wrongUsage } from '../failure.ts'
import type { Terminal } from '../terminal.ts'
import { loadDescription } from './described.ts'
import { verdictText } from './letter-text.ts'
import { openNamed } from './open-named.ts'
import { startProgress } from './progress.ts'
import { judge, readContent } from './read-letter.ts'
import { count, cut, shown } from './shown.ts'
import { brokerFailure, isRabbitMq, unlessAborted, withBroker } from './with-broker.ts'

/** What is sent back, and how. */
export interface ReplayOptions {
  /** At most so many; all that there are without it. */
  readonly limit?: number
  /** These alone. */
  readonly id?: readonly string[]
  /** Nothing is sent: it says what would be. */
  readonly dryRun?: boolean
  readonly app?: string
  /** What no server would take is sent as well. */
  readonly force?: boolean
  /** Those that were sent back before are sent again. */
  readonly fromStart?: boolean
}

/** So many are sent together, and so many bytes: brokers of Kafka take 1 MiB at once for a partition. */
const batchSize = 100
const batchBytes = 524_288

/** How far it came. */
interface Tally {
  sent: number
  left: number
  /** What broke it off. */
  failure?: RpcError
}

/** Sends dead letters back to where they came from. Throws a CommandError where one of them is left behind that was to go. */
export async function replayDeadLetters(
  url: string,
  name: string,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<void> {
  const { app: argument, dryRun = false, fromStart = false } = options
  if (fromStart && isRabbitMq(url))
    throw wrongUsage('--from-start is for Kafka; what was sent back is not in a queue of RabbitMQ any more')
  const app = await loadDescription(argument, terminal)
  const tally: Tally = { sent: 0, left: 0 }
  const did = dryRun ? 'would be replayed' : 'replayed'
  const soFar = (): string => `${count(tally.sent)} ${did}, ${count(tally.left)} left`
  await withBroker(
    url,
    async (letters, signal) => {
      const queue = await openNamed(letters, name, { forReplay: !dryRun, fromStart })
      const missing = new Set(options.id)
      try {
        await go(queue, { ...options, app, missing, signal, tally, terminal })
      } finally {
        await queue.close()
      }
      if (signal.aborted) return
      if (tally.failure)
        throw failure(
          `${soFar()}, then ${brokerFailure(tally.failure).message}; the others are still in ${shown(queue.name)}`,
          tally.failure,
        )
      terminal.print(`${soFar()}: from ${shown(queue.name)} to ${shown(queue.origin)}`)
      if (missing.size > 0)
        throw failure(
          `${shown(queue.name)} has no message ${[...missing].map(shown).join(', ')}; microapi dlq show says which there are`,
        )
      if (tally.left > 0)
        throw failure(
          `${count(tally.left)} left in ${shown(queue.name)}; repair them elsewhere, or --force replays what is only invalid`,
        )
    },
    () => `interrupted; ${soFar()}, and the others are where they were`,
  )
}

interface Run {
  readonly limit?: number
  readonly id?: readonly string[]
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly app: Description | undefined
  /** Ids that are wanted and have not come. */
  readonly missing: Set<string>
  readonly signal: AbortSignal
  readonly tally: Tally
  readonly terminal: Terminal
}

async function go(queue: DeadLetterQueue, run: Run): Promise<void> {
  const { limit = Infinity, id, dryRun = false, missing, signal, tally, terminal } = run
  const progress = startProgress()
  const leave = (letter: DeadLetter, why: string): void => {
    tally.left++
    progress.clear()
    terminal.warn(`microapi: left ${cut(letter.id, 200)}: ${why}`)
  }
  const isAllFound = (): boolean => id !== undefined && missing.size === 0
  let batch: DeadLetter[] = []
  let bytes = 0
  const send = async (): Promise<void> => {
    const outcomes = dryRun ? batch.map(() => undefined) : await queue.replay(batch)
    for (const [i, letter] of batch.entries()) {
      const error = outcomes[i]
      if (!error) tally.sent++
      else if (error.code === 'UNAVAILABLE' || error.code === 'ABORTED') tally.failure ??= error
      else leave(letter, shown(`${error.code}: ${error.message}`))
    }
    batch = []
    bytes = 0
    progress.tell(`${count(tally.sent)} of ${count(queue.count)} replayed`)
  }
  try {
    while (tally.sent + batch.length < limit && !tally.failure && !isAllFound()) {
      const letter = await unlessAborted(signal, queue.next())
      if (signal.aborted || !letter) break
      if (id && !missing.delete(letter.id) && !missing.delete(shown(letter.id))) continue
      const why = reasonToLeave(letter, run)
      if (why !== undefined) leave(letter, why)
      else {
        batch.push(letter)
        bytes += letter.content?.length ?? 0
        if (batch.length >= batchSize || bytes >= batchBytes) await send()
      }
    }
    if (batch.length > 0 && !tally.failure && !signal.aborted) await send()
  } catch (error) {
    if (!isRpcError(error)) throw error
    tally.failure = error
  } finally {
    progress.clear()
  }
}

function reasonToLeave(letter: DeadLetter, { app, force = false }: Run): string | undefined {
  const verdict = judge(letter, readContent(letter), app)
  if (!verdict || verdict.valid || (force && !verdict.isEmpty)) return undefined
  return verdictText(verdict)
}
