import type { Http2Error } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { Http2Stream, StreamListener } from './stream-face.ts'

/** A stream as promises and an iterator. */
export interface StreamReader extends AsyncIterable<Buffer> {
  /** The response's headers; rejects when the stream ends without. */
  readonly headers: Promise<HeaderBlock>
  /** What ended the body; rejects when the stream did not end well. */
  readonly trailers: Promise<HeaderBlock | undefined>
  /** When what was written has left; at once when nothing waits. Rejects when the stream is closed first. */
  drained(): Promise<void>
  /** The whole body as text. */
  text(): Promise<string>
}

/**
 * Reads a stream by promises. It takes the place of the stream's listener, so call it where a listener would be set.
 * The peer may go on when a piece of the body has been taken; leaving the loop early resets the stream.
 */
export function readStream(stream: Http2Stream): StreamReader {
  const pieces: Buffer[] = []
  let over = false
  let failure: Http2Error | undefined
  let wake = (): void => {}
  let drains: { resolve: () => void; reject: (error: unknown) => void }[] = []
  const headers = deferred<HeaderBlock>()
  const trailers = deferred<HeaderBlock | undefined>()
  if (stream.headers) headers.resolve(stream.headers)

  const listener: StreamListener = {
    onHeaders: (_, block) => headers.resolve(block),
    onData(_, octets) {
      pieces.push(Buffer.from(octets))
      wake()
    },
    onEnd(_, block) {
      over = true
      trailers.resolve(block)
      wake()
    },
    onDrain() {
      const waiting = drains
      drains = []
      for (const { resolve } of waiting) resolve()
    },
    onClose(_, error) {
      const reason = error ?? new Error('http2: the stream has ended')
      if (!over) failure = error
      over = true
      headers.reject(reason)
      trailers.reject(reason)
      for (const { reject } of drains) reject(reason)
      wake()
    },
  }
  stream.listener = listener

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const piece = pieces.shift()
        if (piece) {
          yield piece
          stream.consume(piece.length)
        } else if (failure) throw failure
        else if (over) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      if (!over) stream.reset('CANCEL')
    }
  }
  return {
    headers: headers.promise,
    trailers: trailers.promise,
    drained() {
      if (stream.queued === 0) return Promise.resolve()
      return new Promise((resolve, reject) => drains.push({ resolve, reject }))
    },
    async text() {
      const all: Buffer[] = []
      for await (const piece of read()) all.push(piece)
      return Buffer.concat(all).toString()
    },
    [Symbol.asyncIterator]: read,
  }
}

function deferred<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  // Who reads the body alone hears of a failure there.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
