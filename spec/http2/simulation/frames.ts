import { frameHead } from '../../../lib/http2/protocol.ts'

/** A frame, taken apart. */
export interface Frame {
  type: number
  flags: number
  id: number
  payload: Buffer
}

const nothing = Buffer.alloc(0)

/** A frame's octets. `length` is what its head claims, where that is not the truth. */
export function frameOctets(frame: Frame, length: number = frame.payload.length): Buffer {
  const octets = Buffer.allocUnsafe(frameHead + frame.payload.length)
  octets.writeUIntBE(length, 0, 3)
  octets[3] = frame.type
  octets[4] = frame.flags
  octets.writeUInt32BE(frame.id >>> 0, 5)
  frame.payload.copy(octets, frameHead)
  return octets
}

/** A payload of 32-bit numbers. */
export function words(...values: readonly number[]): Buffer {
  const octets = Buffer.allocUnsafe(4 * values.length)
  for (const [i, value] of values.entries()) octets.writeUInt32BE(value >>> 0, 4 * i)
  return octets
}

/** A payload of settings: ids and values by turns. */
export function settingsPayload(...values: readonly number[]): Buffer {
  const octets = Buffer.allocUnsafe(3 * values.length)
  for (let i = 0; i + 1 < values.length; i += 2) {
    octets.writeUInt16BE(values[i]!, 3 * i)
    octets.writeUInt32BE(values[i + 1]! >>> 0, 3 * i + 2)
  }
  return octets
}

/** Cuts octets into frames, whatever the pieces that they come in. */
export class FrameReader {
  /** What has come of the next frame, or of the preface. */
  rest: Buffer = nothing
  private prefaceLeft: number

  constructor(prefaceLeft: number) {
    this.prefaceLeft = prefaceLeft
  }

  /** The frames that are complete now; `onPreface` gets the octets in front of them. */
  read(octets: Buffer, onPreface?: (octets: Buffer) => void): Frame[] {
    let all = this.rest.length > 0 ? Buffer.concat([this.rest, octets]) : octets
    if (this.prefaceLeft > 0) {
      const size = Math.min(this.prefaceLeft, all.length)
      onPreface?.(Buffer.from(all.subarray(0, size)))
      this.prefaceLeft -= size
      all = all.subarray(size)
    }
    const frames: Frame[] = []
    let at = 0
    while (all.length - at >= frameHead) {
      const end = at + frameHead + all.readUIntBE(at, 3)
      if (end > all.length) break
      const payload = Buffer.from(all.subarray(at + frameHead, end))
      frames.push({ type: all[at + 3]!, flags: all[at + 4]!, id: all.readUInt32BE(at + 5), payload })
      at = end
    }
    this.rest = Buffer.from(all.subarray(at))
    return frames
  }
}

/** Octets in a row, taken off in front. */
export class OctetQueue {
  private pieces: Buffer[] = []
  length = 0

  push(octets: Buffer): void {
    if (octets.length === 0) return
    this.pieces.push(octets)
    this.length += octets.length
  }

  /** A copy of the first `size` octets at most, which leave the queue. */
  take(size: number): Buffer {
    const taken = Buffer.allocUnsafe(Math.min(size, this.length))
    let at = 0
    while (at < taken.length) {
      const first = this.pieces[0]!
      const count = first.copy(taken, at, 0, Math.min(first.length, taken.length - at))
      at += count
      if (count === first.length) this.pieces.shift()
      else this.pieces[0] = first.subarray(count)
    }
    this.length -= taken.length
    return taken
  }

  clear(): void {
    this.pieces = []
    this.length = 0
  }
}
