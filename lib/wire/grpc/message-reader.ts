import { RpcError } from '../../core/errors.ts'
import { tooLarge } from '../too-large.ts'

/** Octets before each message: whether it is compressed, and its length. */
export const prefixLength = 5

/** Hears of a message; its bytes are valid only during the call. */
export type OnGrpcMessage = (bytes: Buffer, compressed: boolean) => void

/** Takes length-prefixed messages out of a stream of bytes that is cut anywhere. @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export class MessageReader {
  private readonly maxBytes: number
  private readonly onMessage: OnGrpcMessage
  /** The beginning of a message; it grows with what comes, never with what its prefix claims. */
  private partial: Buffer | undefined = undefined
  private size = 0

  constructor(maxBytes: number, onMessage: OnGrpcMessage) {
    this.maxBytes = maxBytes
    this.onMessage = onMessage
  }

  /** Whether a message has begun and is not complete. */
  get open(): boolean {
    return this.partial !== undefined
  }

  /** Reads on. Throws RESOURCE_EXHAUSTED for a message over the limit as soon as its prefix says so, INTERNAL for a flag that is none. */
  push(chunk: Buffer): void {
    let at = this.partial === undefined ? 0 : this.complete(chunk)
    while (chunk.length - at >= prefixLength) {
      const end = at + prefixLength + this.lengthAt(chunk, at)
      if (end > chunk.length) break
      this.onMessage(chunk.subarray(at + prefixLength, end), chunk[at] === 1)
      at = end
    }
    if (at === chunk.length) return
    this.partial = Buffer.from(chunk.subarray(at))
    this.size = chunk.length - at
  }

  private lengthAt(buffer: Buffer, at: number): number {
    if (buffer[at]! > 1)
      throw new RpcError('INTERNAL', `a message whose first octet is ${buffer[at]}; it must be 0 or 1`)
    const length = buffer.readUInt32BE(at + 1)
    if (length > this.maxBytes) tooLarge(this.maxBytes)
    return length
  }

  /** Adds to what has begun, and gives it away if it is whole; returns where the next message begins. */
  private complete(chunk: Buffer): number {
    let at = this.append(chunk, 0, prefixLength)
    if (this.size < prefixLength) return at
    at = this.append(chunk, at, prefixLength + this.lengthAt(this.partial!, 0))
    const message = this.partial!
    const { size } = this
    if (size < prefixLength + message.readUInt32BE(1)) return at
    this.partial = undefined
    this.onMessage(message.subarray(prefixLength, size), message[0] === 1)
    return at
  }

  private append(chunk: Buffer, at: number, wanted: number): number {
    const end = Math.min(chunk.length, at + Math.max(0, wanted - this.size))
    const needed = this.size + end - at
    if (needed > this.partial!.length) {
      const room = Buffer.allocUnsafe(Math.min(wanted, 2 * needed))
      this.partial!.copy(room, 0, 0, this.size)
      this.partial = room
    }
    chunk.copy(this.partial!, this.size, at, end)
    this.size = needed
    return end
  }
}

/** A message behind its prefix. */
export function frameMessage(message: string | Uint8Array, compressed = false): Buffer {
  const size = typeof message === 'string' ? Buffer.byteLength(message) : message.length
  const frame = Buffer.allocUnsafe(prefixLength + size)
  frame[0] = compressed ? 1 : 0
  frame.writeUInt32BE(size, 1)
  if (typeof message === 'string') frame.write(message, prefixLength)
  else frame.set(message, prefixLength)
  return frame
}
