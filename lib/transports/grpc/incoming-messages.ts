import { gunzipSync } from 'node:zlib'
import { RpcError } from '../../core/errors.ts'
import { createStream, type BoundedStream } from '../../core/stream.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { tooLarge } from '../../wire/too-large.ts'

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

/** Unpacks a message; more than `maxBytes` are never made of it, however little it is packed. */
export function unpack(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') tooLarge(maxBytes)
    throw new RpcError('INTERNAL', `a compressed message is no gzip: ${(cause as Error).message}`, { cause })
  }
}

/** What a message without `grpc-encoding` that says to be compressed is. */
export function notCompressed(): never {
  throw new RpcError('INTERNAL', 'a message says that it is compressed, and grpc-encoding does not say how')
}
