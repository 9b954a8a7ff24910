/** Whether a value can be iterated item by item. Strings cannot: they are messages nowhere, and iterating one is a mistake. */
export function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  )
}

/** The iterator of an iterable of either sort. */
export function iteratorOf(
  iterable: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}

/** What stands between an iterator and its reader. */
export interface IterationHooks {
  /** Changes each item; what it throws ends the iteration on both sides. */
  readonly map?: ((item: unknown, index: number) => unknown) | undefined
  /** Changes what an early end throws to the reader. */
  readonly fail?: ((error: unknown) => unknown) | undefined
  /** Runs once at the end; `error` is what ended it early. It may wait, and what it throws is thrown to the reader. */
  readonly end?: ((error: unknown) => void | Promise<void>) | undefined
  /** Ends the iteration from outside, at once, even while an item is awaited. */
  readonly abort?: ((abort: (error: unknown) => void) => void) | undefined
}

/**
 * Iterates with hooks. Written as a plain iterator and not as an async generator, which would cost three promises an item
 * and could not be aborted while it waits.
 */
export function iterate(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  hooks: IterationHooks,
): AsyncIterableIterator<unknown, undefined, void> {
  let iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
  let index = 0
  let ended = false
  let aborted: { error: unknown } | undefined
  let rejectPending: ((error: unknown) => void) | undefined

  const done: IteratorReturnResult<undefined> = { done: true, value: undefined }
  const end = async (error: unknown): Promise<void> => {
    if (ended) return
    ended = true
    await hooks.end?.(error)
  }
  const leave = async (error: unknown): Promise<void> => {
    if (ended) return
    // The source's own `finally` runs first, then what stands behind the end.
    try {
      iterator ??= iteratorOf(source)
      await iterator.return?.()
    } catch {
      // It is being left because of `error`, which says more than what its clean-up then throws.
    }
    await end(error)
  }
  hooks.abort?.((error) => {
    if (ended || aborted) return
    aborted = { error }
    rejectPending?.(error)
    void leave(error).catch(() => {})
  })

  const refuse = (error: unknown): Promise<never> => Promise.reject(hooks.fail ? hooks.fail(error) : error)
  const accept = (
    result: IteratorResult<unknown>,
  ): IteratorResult<unknown, undefined> | Promise<IteratorResult<unknown, undefined>> => {
    if (result.done === true) return end(undefined).then(() => done, refuse)
    if (!hooks.map) return result
    try {
      return { done: false, value: hooks.map(result.value, index++) }
    } catch (error) {
      return leave(error).then(() => refuse(error))
    }
  }
  const fail = (error: unknown): Promise<never> => end(error).then(() => refuse(error))
  const advance = (): Promise<IteratorResult<unknown, undefined>> => {
    try {
      iterator ??= iteratorOf(source)
      return Promise.resolve(iterator.next()).then(accept, fail)
    } catch (error) {
      return fail(error)
    }
  }

  return {
    next() {
      if (aborted) return Promise.reject(aborted.error)
      if (ended) return Promise.resolve(done)
      if (!hooks.abort) return advance()
      return new Promise((resolve, reject) => {
        rejectPending = reject
        advance().then(resolve, reject)
      })
    },
    async return() {
      if (!aborted) await leave(undefined)
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
