import { frameHead, frameTypes, settingIds } from './protocol.ts'
import { writeMark, type Sink } from './sink.ts'

const none = Buffer.alloc(0)

/**
 * So many frames are gathered at most. With one write for all calls of a turn, each side would sleep while the other
 * works through them; in parts of a dozen calls both work at once, and a write is still shared by many.
 */
const framesAtOnce = 32

/**
 * One buffer for all that a connection sends in a turn of the event loop. It is lent for the turn: ten thousand idle
 * connections hold none. When it is full it is sent at once, so that a long turn meets the kernel's backpressure.
 */
export class Output {
  buffer: Buffer = none
  at = 0
  /** Too much is unwritten: DATA has to wait. */
  blocked = false
  /** The connection is over; what is still written goes nowhere. */
  closed = false
  private awake = false
  private frames = 0
  private readonly sink: Sink

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** Makes room for `size` octets, 32 KiB at most; returns where they go. */
  reserve(size: number): number {
    if (++this.frames > framesAtOnce || this.at + size > this.buffer.length) this.makeRoom()
    if (!this.awake) {
      this.awake = true
      this.sink.wake()
    }
    return this.at
  }

  private makeRoom(): void {
    this.frames = 1
    if (this.buffer === none) this.buffer = this.sink.lend()
    else this.send()
  }

  private send(): void {
    if (this.closed) {
      this.at = 0
      return
    }
    this.buffer = this.sink.write(this.buffer, this.at)
    this.at = 0
    if (this.sink.unwritten >= writeMark) this.blocked = true
  }

  /** Sends what waits, and gives the buffer back. */
  flush(): void {
    this.awake = false
    this.frames = 0
    if (this.at > 0) this.send()
    if (this.buffer === none) return
    this.sink.giveBack(this.buffer)
    this.buffer = none
  }

  /** Writes a frame's head where the last room was made. */
  head(length: number, type: number, flags: number, streamId: number): void {
    const { buffer, at } = this
    buffer[at] = length >>> 16
    buffer[at + 1] = length >>> 8
    buffer[at + 2] = length
    buffer[at + 3] = type
    buffer[at + 4] = flags
    writeUint32(buffer, at + 5, streamId)
  }

  /** A frame whose payload is so many 32-bit numbers. */
  words(type: number, flags: number, streamId: number, ...words: readonly number[]): void {
    let at = this.reserve(frameHead + 4 * words.length)
    this.head(4 * words.length, type, flags, streamId)
    at += frameHead
    for (const word of words) {
      writeUint32(this.buffer, at, word)
      at += 4
    }
    this.at = at
  }

  /** A frame with octets for its payload, 16 KiB at most. */
  octets(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const at = this.reserve(frameHead + payload.length)
    this.head(payload.length, type, flags, streamId)
    this.buffer.set(payload, at + frameHead)
    this.at = at + frameHead + payload.length
  }

  /** SETTINGS with these values. */
  settings(values: Partial<Record<keyof typeof settingIds, number>>): void {
    const entries = Object.entries(values)
    const at = this.reserve(frameHead + 6 * entries.length)
    this.head(6 * entries.length, frameTypes.settings, 0, 0)
    this.at = at + frameHead
    for (const [name, value] of entries) {
      this.buffer[this.at++] = 0
      this.buffer[this.at++] = settingIds[name as keyof typeof settingIds]
      writeUint32(this.buffer, this.at, value)
      this.at += 4
    }
  }
}

function writeUint32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
}
