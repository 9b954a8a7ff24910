import type { Lifetime } from '../../core/lifetime.ts'
import { iteratorOf } from '../../core/iterate.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { frameMessage, prefixLength } from '../../wire/grpc/message-reader.ts'
import { pack } from './gzip.ts'

/** Messages are joined up to this many octets; what is ready earlier leaves at the end of the turn. */
const chunkSize = 16_384

/** Writes messages as fast as the peer takes them. */
export class OutgoingMessages {
  private readonly stream: Http2Stream
  private readonly write: (message: unknown) => string | Uint8Array
  private readonly gzipFrom: number
  private wake: (() => void) | undefined = undefined
  private chunk: Buffer | undefined = undefined
  private size = 0
  private scheduled = false
  private hasRoom = true

  /** Messages of at least `gzipFrom` bytes are packed; none at Infinity. */
  constructor(
    stream: Http2Stream,
    write: (message: unknown) => string | Uint8Array,
    gzipFrom = Number.POSITIVE_INFINITY,
  ) {
    this.stream = stream
    this.write = write
    this.gzipFrom = gzipFrom
  }

  /** To be called when the stream has room again, or is closed. */
  drained(): void {
    this.hasRoom = true
    this.wake?.()
    this.wake = undefined
  }

  /** Sends one message at once: the only one of its stream. */
  send(message: unknown): void {
    const plain = this.write(message)
    const packed = this.packed(plain)
    this.stream.write(packed ? frameMessage(packed, true) : frameMessage(plain))
  }

  /** Sends all that comes, until the stream is closed. Rejects with what the messages throw, behind those before it. */
  async sendAll(messages: AsyncIterable<unknown> | Iterable<unknown>, lifetime: Lifetime): Promise<void> {
    const items = iteratorOf(messages)
    const leave = (): void => this.drained()
    // A cancelled call has nobody to wait for.
    lifetime.onCancel(leave)
    try {
      for (let item = await items.next(); item.done !== true; item = await items.next()) {
        const plain = this.write(item.value)
        const packed = this.packed(plain)
        this.add(packed ?? plain, packed !== undefined)
        if (!this.hasRoom && !this.stream.closed && lifetime.reason === undefined)
          await new Promise<void>((resolve) => (this.wake = resolve))
        if (this.stream.closed || lifetime.reason !== undefined) return
      }
    } finally {
      this.flush()
      lifetime.offCancel(leave)
      await items.return?.()
    }
  }

  private packed(message: string | Uint8Array): Buffer | undefined {
    return this.gzipFrom === Number.POSITIVE_INFINITY ? undefined : pack(message, this.gzipFrom)
  }

  private add(message: string | Uint8Array, compressed: boolean): void {
    const text = typeof message === 'string'
    // A character of UTF-16 is three octets of UTF-8 at most.
    const most = prefixLength + (text ? 3 * message.length : message.length)
    if (this.size + most > chunkSize) this.flush()
    if (most > chunkSize) return this.give(frameMessage(message, compressed))
    const chunk = (this.chunk ??= Buffer.allocUnsafe(chunkSize))
    const at = this.size + prefixLength
    let length = message.length
    if (text) length = chunk.write(message, at)
    else chunk.set(message, at)
    chunk[this.size] = compressed ? 1 : 0
    chunk.writeUInt32BE(length, this.size + 1)
    this.size = at + length
    if (this.scheduled) return
    this.scheduled = true
    // Runs once the microtasks of this turn are through, with all that the handler had ready.
    process.nextTick(() => {
      this.scheduled = false
      this.flush()
    })
  }

  private flush(): void {
    const { chunk, size } = this
    if (chunk === undefined || size === 0) return
    this.size = 0
    // What has to wait is not copied: it keeps its chunk.
    this.chunk = undefined
    this.give(chunk.subarray(0, size))
    if (this.hasRoom) this.chunk = chunk
  }

  private give(octets: Buffer): void {
    if (!this.stream.closed && !this.stream.write(octets)) this.hasRoom = false
  }
}
