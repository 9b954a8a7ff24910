import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, failureInTime, lacksCoordinator, typeOf } from '../connection/failure.ts'
import { createPositions, type Positions } from './positions.ts'

/** What is to be read of a topic. */
export interface Wanted {
  readonly topic: string
  /** Which of the topic's `count` partitions; where it is none of them the topic is not read. */
  readonly choose: (count: number) => readonly number[]
}

/** Where each partition of a topic ends now. */
export type OffsetsOf = (
  topic: string,
) => Promise<readonly { readonly partition: number; readonly offset: string }[]>

/** Asks where the wanted partitions end now. */
export async function positionsOf(wanted: readonly Wanted[], offsets: OffsetsOf): Promise<Positions> {
  const start = await Promise.all(
    wanted.map(async ({ topic, choose }) => {
      const ends = new Map((await offsets(topic)).map(({ partition, offset }) => [partition, Number(offset)]))
      const chosen = choose(ends.size).map((partition): [number, number] => [
        partition,
        ends.get(partition) ?? 0,
      ])
      return [topic, new Map(chosen)] as const
    }),
  )
  return createPositions(new Map(start.filter(([, chosen]) => chosen.size > 0)))
}

/** Until a broker that was not ready is asked again, in ms. */
const againMs = 200

/**
 * Runs, again and again for as long as a broker answers that it is not ready: of a new topic, a new group or one whose
 * broker was lost it says so for a short time.
 */
export async function whenReady<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await run()
    } catch (cause) {
      // Where it has a type a broker has answered.
      const mayPass = typeOf(cause) !== undefined && codeOf(cause) === 'UNAVAILABLE'
      if (!mayPass && !lacksCoordinator(cause)) throw cause
      await pause(againMs, undefined, { signal })
    }
  }
}

/** Runs until it is done, `ms` have gone by, or the signal's reason ends it; rejects with an RpcError for the time. */
export async function inTime<T>(
  run: () => Promise<T>,
  { address, ms, signal }: { address: string; ms: number; signal?: AbortSignal | undefined },
): Promise<T> {
  signal?.throwIfAborted()
  let timer: ReturnType<typeof setTimeout> | undefined
  let aborted: (() => void) | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failureInTime(address, ms)), ms)
    aborted = () => reject(signal!.reason)
    signal?.addEventListener('abort', aborted)
  })
  try {
    return await Promise.race([run(), end])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', aborted!)
  }
}
