import type { BaseContext } from './context.ts'
import { nextTurn } from './turn.ts'

/** How events are gathered. */
export interface BatchOptions {
  /** The most that are handled at once: 100. */
  readonly size?: number
  /** How long the first of a batch waits for others, in ms: 0, which takes those that are there already. */
  readonly waitMs?: number
}

/** Handles several events at once; the context of each stands at its place. */
export type BatchHandler<P, C> = (payloads: readonly P[], contexts: readonly C[]) => void | Promise<void>

interface Waiting<P, C> {
  readonly payload: P
  readonly context: C
  resolve(): void
  reject(error: unknown): void
}

/**
 * Makes the handler of an event from one that takes several at once: for a store that writes a hundred rows as fast as
 * one. One batch is handled at a time, in the order in which its events came. Of a batch that fails each half is handled
 * again, down to the single event: what fails by itself fails alone, and all others are handled, some of them twice.
 */
export function inBatches<P, C extends BaseContext>(
  handler: BatchHandler<P, C>,
  { size = 100, waitMs = 0 }: BatchOptions = {},
): (payload: P, context: C) => Promise<void> {
  checkBatchOptions({ size, waitMs })
  let waiting: Waiting<P, C>[] = []
  let isBusy = false
  let onFull = (): void => {}

  const run = async (batch: readonly Waiting<P, C>[]): Promise<void> => {
    // Who has given up is not to be handled: it comes again where it should.
    const alive = batch.filter(({ context, reject }) => {
      if (context.signal.aborted) reject(context.signal.reason)
      return !context.signal.aborted
    })
    if (alive.length === 0) return
    try {
      await handler(
        alive.map(({ payload }) => payload),
        alive.map(({ context }) => context),
      )
      for (const { resolve } of alive) resolve()
    } catch (error) {
      if (alive.length === 1) return alive[0]!.reject(error)
      const half = Math.ceil(alive.length / 2)
      await run(alive.slice(0, half))
      await run(alive.slice(half))
    }
  }
  const others = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      onFull = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const work = async (): Promise<void> => {
    isBusy = true
    await (waitMs > 0 ? others() : nextTurn())
    while (waiting.length > 0) {
      const batch = waiting.slice(0, size)
      waiting = waiting.slice(size)
      await run(batch)
    }
    isBusy = false
  }
  return (payload, context) =>
    new Promise((resolve, reject) => {
      waiting.push({ payload, context, resolve, reject })
      if (!isBusy) void work()
      if (waiting.length >= size) onFull()
    })
}

/** Throws a TypeError for what makes no sense. */
function checkBatchOptions({ size = 1, waitMs = 0 }: BatchOptions): void {
  if (!Number.isInteger(size) || size < 1)
    throw new TypeError(`batch.size is ${size}; use a whole number above 0`)
  if (!(waitMs >= 0 && waitMs <= 60_000)) throw new TypeError(`batch.waitMs is ${waitMs}; use 0 to 60,000`)
}
