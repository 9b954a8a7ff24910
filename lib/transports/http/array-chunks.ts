import { iteratorOf } from '../../core/iterate.ts'

/** Items are joined up to this many characters; what is ready earlier leaves at the end of the tick. */
const chunkLength = 16_384

/** Writes messages as one JSON array, in chunks: `[`, items joined by `,\n`, `]`. It reads on while the last chunk is being sent. */
export function arrayChunks(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  stringify: (item: unknown) => string,
): AsyncIterableIterator<string, undefined, void> {
  const source = iteratorOf(items)
  let text = '['
  let count = 0
  let state: 'open' | 'ended' | 'closed' = 'open'
  let failure: { readonly error: unknown } | undefined
  let reading = false
  let deliver: (() => void) | undefined
  let scheduled = false

  const wake = (): void => {
    scheduled = false
    // One that was scheduled before a chunk was full comes when there may be nothing new: an empty chunk is the end.
    if (text === '' && state === 'open' && !failure) return
    deliver?.()
    deliver = undefined
  }
  // Runs once the microtasks of this tick are through, with all that the source had ready.
  const wakeLater = (): void => {
    if (scheduled || !deliver) return
    scheduled = true
    process.nextTick(wake)
  }
  const read = async (): Promise<void> => {
    reading = true
    try {
      while (state === 'open' && text.length < chunkLength) {
        const result = await source.next()
        if (result.done === true) {
          text += ']'
          state = 'ended'
        } else text += (count++ === 0 ? '' : ',\n') + stringify(result.value)
        if (text.length >= chunkLength) wake()
        else wakeLater()
      }
    } catch (error) {
      failure = { error }
      wake()
    } finally {
      reading = false
    }
  }
  const take = (): IteratorResult<string, undefined> => {
    if (failure) throw failure.error
    const value = text
    text = ''
    return value === '' ? { done: true, value: undefined } : { done: false, value }
  }
  return {
    async next() {
      if (state === 'closed') return { done: true, value: undefined }
      if (state === 'open' && text.length < chunkLength) {
        const delivered = new Promise<void>((resolve) => (deliver = resolve))
        if (!reading) void read()
        if (text.length > 0) wakeLater()
        await delivered
      }
      return take()
    },
    async return() {
      state = 'closed'
      wake()
      await source.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
