/** A stream of messages on its way between page and Node, in items that are taken before many more are sent. */
import { iteratorOf } from '../../lib/core/iterate.ts'
import { createStream, type BoundedStream } from '../../lib/core/stream.ts'

/** Items that may be on their way; few, so that whoever stops at one end stops the other. */
const ahead = 32

/** The end where items come in. `take` is told how many were taken, `leave` that no more are wanted. */
export function receiver(take: (count: number) => void, leave: () => void): BoundedStream<unknown> {
  let taken = 0
  return createStream<unknown>({
    capacity: Number.POSITIVE_INFINITY,
    onTake() {
      if (++taken < ahead / 2) return
      take(taken)
      taken = 0
    },
    onClose: leave,
  })
}

/** The end where items go out. */
export interface Sender {
  /** So many were taken. */
  take(count: number): void
  /** No more are wanted. */
  leave(): void
}

/** Sends items at once, as far as they are taken; `end` comes behind the last, with what they failed by. */
export function sender(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  { item, end }: { item: (value: unknown) => void; end: (error?: unknown) => void },
): Sender {
  const iterator = iteratorOf(items)
  const state = { room: ahead, left: false }
  let wake = (): void => {}
  const leave = (): void => {
    state.left = true
    wake()
    Promise.resolve(iterator.return?.()).catch(() => {})
  }
  const send = async (): Promise<void> => {
    for (;;) {
      while (state.room === 0 && !state.left) await new Promise<void>((resolve) => (wake = resolve))
      if (state.left) return
      const next = await iterator.next()
      if (state.left) return
      if (next.done === true) return end()
      state.room--
      item(next.value)
    }
  }
  send().catch((error: unknown) => {
    end(error)
    leave()
  })
  return {
    take(count) {
      state.room += count
      wake()
    },
    leave,
  }
}
