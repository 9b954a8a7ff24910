import { iteratorOf } from '../../../core/iterate.ts'

/** So many items are kept: a server refuses a stream when it begins, or not at all. */
const most = 16

/** A stream of messages that can be sent again from its beginning, as long as little was taken of it. */
export interface Replay {
  /** All of it, once more; what was given before ends without touching the source. Undefined where it is too late. */
  again(): AsyncIterable<unknown> | undefined
  /** Nobody will read on. */
  end(): void
}

/** Keeps the first items of a stream. */
export function createReplay(source: AsyncIterable<unknown> | Iterable<unknown>): Replay {
  const items = iteratorOf(source)
  // Promises: an item that was asked for and has not come belongs to the next reader.
  let kept: Promise<IteratorResult<unknown>>[] | undefined = []
  let reader = 0
  const take = async (): Promise<IteratorResult<unknown>> => items.next()

  const read = (mine: number): AsyncIterator<unknown> => {
    let at = 0
    return {
      next() {
        if (kept !== undefined && at < kept.length) return kept[at++]!
        const item = take()
        if (kept !== undefined && kept.length < most) at = kept.push(item)
        else kept = undefined
        return item
      },
      async return() {
        if (mine === reader) await items.return?.()
        return { done: true, value: undefined }
      },
    }
  }
  return {
    again() {
      if (kept === undefined) return undefined
      const mine = ++reader
      return { [Symbol.asyncIterator]: () => read(mine) }
    },
    end() {
      // What its clean-up throws is said to nobody: the call has failed with more to say.
      void read(reader).return!().catch(() => {})
    },
  }
}
