import type { Lifetime } from '../../core/lifetime.ts'
import { iteratorOf } from '../../core/iterate.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { frameMessage } from '../../wire/grpc/message-reader.ts'

/** Writes messages as fast as the peer takes them. */
export class OutgoingMessages {
  private readonly stream: Http2Stream
  private readonly write: (message: unknown) => string | Uint8Array
  private wake: (() => void) | undefined = undefined

  constructor(stream: Http2Stream, write: (message: unknown) => string | Uint8Array) {
    this.stream = stream
    this.write = write
  }

  /** To be called when the stream has room again, or is closed. */
  drained(): void {
    this.wake?.()
    this.wake = undefined
  }

  /** False where the rest has to wait. */
  send(message: unknown): boolean {
    return this.stream.write(frameMessage(this.write(message)))
  }

  /** Sends all that comes, until the stream is closed. Rejects with what the messages throw. */
  async sendAll(messages: AsyncIterable<unknown> | Iterable<unknown>, lifetime: Lifetime): Promise<void> {
    const items = iteratorOf(messages)
    const leave = (): void => this.drained()
    // A cancelled call has nobody to wait for.
    lifetime.onCancel(leave)
    try {
      for (let item = await items.next(); item.done !== true; item = await items.next()) {
        if (!this.send(item.value) && !this.stream.closed)
          await new Promise<void>((resolve) => (this.wake = resolve))
        if (this.stream.closed || lifetime.reason !== undefined) return
      }
    } finally {
      lifetime.offCancel(leave)
      await items.return?.()
    }
  }
}
