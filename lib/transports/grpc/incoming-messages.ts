import { createStream, type BoundedStream } from '../../core/stream.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'

/** A queue of messages that come over a stream; while it is full the peer gets no more room. */
export class IncomingMessages {
  readonly items: BoundedStream<unknown>
  private readonly stream: Http2Stream
  private held = 0

  constructor(stream: Http2Stream) {
    this.stream = stream
    this.items = createStream<unknown>({ onDrain: () => this.letGo(), onClose: () => this.letGo() })
  }

  /** Octets whose messages are in the queue: they are consumed when it has room. */
  took(octets: number): void {
    if (this.items.writable || this.items.closed) this.stream.consume(octets)
    else this.held += octets
  }

  private letGo(): void {
    const { held } = this
    this.held = 0
    if (held > 0) this.stream.consume(held)
  }
}
