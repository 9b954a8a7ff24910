/** A queue between one writer and one reader, never holding more than it was told to. */
export interface BoundedStream<T> extends AsyncIterableIterator<T> {
  /** Puts an item in. False says that the queue is full: wait for {@link BoundedStream.drained} before the next. */
  push(item: T): boolean
  /** Whether there is room. */
  readonly writable: boolean
  /** Resolves when there is room again, or when the reader has gone. */
  drained(): Promise<void>
  /** No more items will come. */
  end(): void
  /** No more items will come, and the reader learns why, behind the items that it has not yet taken. */
  fail(error: unknown): void
  /** Whether the reader has left. What is pushed then is dropped. */
  readonly closed: boolean
  return(): Promise<IteratorResult<T>>
}

/** Hooks of a {@link BoundedStream} for a writer that is no promise user, such as a socket to be paused and resumed. */
export interface BoundedStreamOptions {
  /** Items that may wait; 16 by default. */
  readonly capacity?: number
  /** Runs for each item that the reader has taken. */
  readonly onTake?: () => void
  /** Runs when the queue, having been full, has room again. */
  readonly onDrain?: () => void
  /** Runs once when the reader leaves before the end. */
  readonly onClose?: () => void
}

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T>) => void
  readonly reject: (error: unknown) => void
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** The one queue of the package: between a socket and a handler, between `send` and a transport. */
export function createStream<T>(options: BoundedStreamOptions = {}): BoundedStream<T> {
  const { capacity = 16, onTake } = options
  let items: T[] = []
  let head = 0
  let state: 'open' | 'ended' | 'failed' | 'closed' = 'open'
  let failure: unknown
  let full = false
  let reader: Reader<T> | undefined
  let writers: (() => void)[] = []

  const size = (): number => items.length - head
  const release = (): void => {
    if (!full || (state === 'open' && size() > capacity / 2)) return
    full = false
    const waiting = writers
    writers = []
    for (const resolve of waiting) resolve()
    options.onDrain?.()
  }
  const take = (): T => {
    const item = items[head]!
    items[head++] = undefined as T
    if (head === items.length) {
      items = []
      head = 0
    } else if (head > 1_024 && head * 2 > items.length) {
      items = items.slice(head)
      head = 0
    }
    return item
  }
  const close = (): void => {
    const early = state === 'open'
    state = 'closed'
    items = []
    head = 0
    release()
    reader?.resolve(done)
    reader = undefined
    if (early) options.onClose?.()
  }
  const finish = (next: 'ended' | 'failed', error?: unknown): void => {
    if (state !== 'open') return
    state = next
    failure = error
    if (reader) settle(reader)
    reader = undefined
  }
  // The failure is told once, and is the end from then on.
  const settle = ({ resolve, reject }: Reader<T>): void => {
    if (state === 'failed') {
      state = 'ended'
      reject(failure)
    } else resolve(done)
  }

  return {
    get writable() {
      return state === 'open' && !full
    },
    get closed() {
      return state === 'closed'
    },
    push(item) {
      if (state !== 'open') return false
      if (reader) {
        reader.resolve({ done: false, value: item })
        reader = undefined
        onTake?.()
        return true
      }
      items.push(item)
      full ||= size() >= capacity
      return !full
    },
    drained: () =>
      full && state === 'open' ? new Promise((resolve) => writers.push(resolve)) : Promise.resolve(),
    end: () => finish('ended'),
    fail: (error) => finish('failed', error),
    next() {
      if (size() > 0) {
        const value = take()
        if (full) release()
        onTake?.()
        return Promise.resolve({ done: false, value })
      }
      return new Promise((resolve, reject) => {
        const next = { resolve, reject }
        if (state !== 'open') settle(next)
        else if (reader) reject(new TypeError('a stream has one reader: await next() before the next next()'))
        else reader = next
      })
    },
    return() {
      close()
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
