import process from 'node:process'
import { openAnswerOutput } from '../answer-output.ts'
import type { Terminal } from '../terminal.ts'
import { loadDescription } from './described.ts'
import { letterJson, letterLines } from './letter-text.ts'
import { openNamed } from './open-named.ts'
import { judge, readContent } from './read-letter.ts'
import { count } from './shown.ts'
import { unlessAborted, withBroker } from './with-broker.ts'

/** What is shown, and how. */
export interface ShowOptions {
  readonly limit: number
  /** A line of JSON for each, with all that is in it. */
  readonly json?: boolean
  readonly app?: string
  /** Those that were sent back already as well. */
  readonly fromStart?: boolean
}

/** Shows the dead letters of a queue or a topic, the oldest first, and leaves them there. Throws a CommandError. */
export async function showDeadLetters(
  url: string,
  name: string,
  { limit, json = false, app: argument, fromStart = false }: ShowOptions,
  terminal: Terminal,
): Promise<void> {
  const app = await loadDescription(argument, terminal)
  await withBroker(url, async (letters, interrupted) => {
    const { closed } = openAnswerOutput()
    const signal = AbortSignal.any([interrupted, closed])
    const queue = await openNamed(letters, name, { fromStart, limit })
    let seen = 0
    try {
      while (seen < limit && !signal.aborted) {
        const letter = await unlessAborted(signal, queue.next())
        if (!letter) break
        const content = readContent(letter)
        const whole = { queue: queue.name, letter, content, verdict: judge(letter, content, app) }
        if (json) terminal.print(letterJson(whole))
        else for (const line of [...(seen > 0 ? [''] : []), ...letterLines(whole)]) terminal.print(line)
        seen++
        if (process.stdout.writableNeedDrain) await unlessAborted(signal, room())
      }
    } finally {
      await queue.close()
    }
    if (signal.aborted || json) return
    if (seen === 0) terminal.warn(`microapi: ${queue.name} is empty`)
    else if (seen < queue.count)
      terminal.warn(`microapi: ${count(seen)} of ${count(queue.count)}; --limit shows more`)
  })
}

/** Resolves when who reads stdout has read enough of it. */
function room(): Promise<void> {
  return new Promise((resolve) => void process.stdout.once('drain', resolve))
}
