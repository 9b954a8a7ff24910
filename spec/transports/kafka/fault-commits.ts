/** What a group commits while servers come and go, compared with what they had handled by then. */
import type { Admin } from 'kafkajs'
import { recordsOf } from './topic-records.ts'

/** What a group had committed at a time. */
export interface CommitSample {
  /** When it was known, in ms since the epoch. */
  readonly at: number
  readonly partition: number
  readonly offset: number
}

/** Asks for a group's commits, again and again; `stop` resolves with what changed. */
export function watchCommits(
  admin: Admin,
  groupId: string,
  topic: string,
): { stop(): Promise<readonly CommitSample[]> } {
  const samples: CommitSample[] = []
  const last = new Map<number, number>()
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const at = Date.now()
      for (const { partition, offset: text } of found!.partitions) {
        const offset = Number(text)
        if (offset === last.get(partition)) continue
        last.set(partition, offset)
        samples.push({ at, partition, offset })
      }
    }
  })()
  // Waited for below.
  watching.catch(() => {})
  return {
    async stop() {
      over.abort()
      await watching
      return samples
    },
  }
}

/**
 * The first commit that passed a record which nobody had handled by then, or that fell; in words. Undefined where there is
 * none. `handled` says when each text of the topic's envelopes was.
 */
export async function firstTooEarly(
  brokers: readonly string[],
  topic: string,
  samples: readonly CommitSample[],
  handled: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  /** By partition: of each offset, when all below was handled. There is nothing but records: offsets count them. */
  const handledBelow = new Map<number, number[]>()
  for (const { partition, value } of await recordsOf(brokers, topic)) {
    const times = handledBelow.get(partition) ?? [0]
    handledBelow.set(partition, times)
    const { text } = (JSON.parse(value) as { readonly payload: { readonly text: string } }).payload
    times.push(Math.max(times.at(-1)!, handled.get(text) ?? Number.POSITIVE_INFINITY))
  }
  const highest = new Map<number, number>()
  for (const { at, partition, offset } of samples) {
    const where = `partition ${partition}: ${offset} was committed`
    if (offset < (highest.get(partition) ?? -1)) return `${where} behind ${highest.get(partition)}`
    highest.set(partition, offset)
    if (offset > 0 && !(handledBelow.get(partition)![offset]! <= at)) return `${where} too early`
  }
  return undefined
}
