import { flags, frameTypes, settingIds } from '../../../lib/http2/protocol.ts'
import { frameOctets, FrameReader, words, type Frame } from './frames.ts'
import { HopWindows } from './hop-windows.ts'
import type { Random } from './random.ts'

/** How much a relay does to what passes. */
export interface RelayOptions {
  /** Of the receiver. */
  readonly maxFrameSize: number
  /** From 0, nothing, to 1. */
  readonly noise: number
}

/**
 * Sits on one direction of the wire and says the same in other frames: DATA split, merged and padded, header blocks
 * padded, with priorities and in CONTINUATION frames, and now and then something that is to be ignored.
 */
export class Relay {
  readonly windows = new HopWindows()
  /** The relay of the other direction. */
  back!: Relay
  private readonly reader: FrameReader
  private readonly queue: Frame[] = []
  private readonly random: Random
  private readonly options: RelayOptions
  private readonly emit: (octets: Buffer) => void
  private block: Frame | undefined
  /** What is to be ignored costs the receiver's patience. */
  private oddities = 100

  constructor(random: Random, prefaceLength: number, options: RelayOptions, emit: (octets: Buffer) => void) {
    this.random = random
    this.reader = new FrameReader(prefaceLength)
    this.options = options
    this.emit = emit
  }

  /** Nothing waits for a window. */
  get idle(): boolean {
    return this.queue.length === 0 && this.reader.rest.length === 0
  }

  /** For people. */
  state(): string {
    const [first] = this.queue
    return `${this.queue.length} frames wait, type ${first?.type} of ${first?.payload.length} octets with room for ${this.windows.room(first?.id ?? 0)}`
  }

  /** Takes what the sender wrote. */
  take(octets: Buffer): void {
    for (const frame of this.reader.read(octets, this.emit)) {
      this.takeFrame(frame)
      this.pump()
    }
  }

  private takeFrame(frame: Frame): void {
    const { type, id, payload } = frame
    const ack = (frame.flags & flags.ack) !== 0
    if (type === frameTypes.windowUpdate) return this.takeUpdate(frame)
    if (type === frameTypes.rstStream) {
      this.back.windows.lift(id)
      this.back.pump()
    }
    if (type === frameTypes.settings && !ack) {
      let window: number | undefined
      for (let at = 0; at < payload.length; at += 6)
        if (payload.readUInt16BE(at) === settingIds.initialWindowSize) window = payload.readUInt32BE(at + 2)
      this.back.windows.announced.push(window)
    }
    if (type !== frameTypes.headers && type !== frameTypes.continuation) return void this.queue.push(frame)
    // A header block is one thing here, however it was cut.
    this.block = this.block ? { ...this.block, payload: Buffer.concat([this.block.payload, payload]) } : frame
    if ((frame.flags & flags.endHeaders) === 0) return
    this.queue.push(this.block)
    this.block = undefined
  }

  // Overtakes everything: DATA that waits for the other side's WINDOW_UPDATEs would stop these.
  private takeUpdate({ id, payload }: Frame): void {
    const more = this.back.windows.update(id, payload.readUInt32BE(0))
    if (more > 0)
      this.emit(frameOctets({ type: frameTypes.windowUpdate, flags: 0, id, payload: words(more) }))
    this.back.pump()
  }

  private pump(): void {
    for (let frame = this.queue[0]; frame !== undefined; frame = this.queue[0]) {
      if (frame.type === frameTypes.data) {
        if (!this.passData(frame)) return
        continue
      }
      this.queue.shift()
      if (frame.type === frameTypes.headers) this.passBlock(frame)
      else {
        if (frame.type === frameTypes.settings && (frame.flags & flags.ack) !== 0) this.windows.acknowledge()
        this.emit(frameOctets(this.withReservedBit(frame)))
      }
      this.addOddity(frame.id)
    }
  }

  /** False where the receiver has no room for any of it. */
  private passData(first: Frame): boolean {
    const { random, windows } = this
    const frame = this.merged(first)
    const { id, payload } = frame
    const room = Math.min(windows.room(id), this.options.maxFrameSize)
    if (payload.length > 0 && room === 0) return false
    let size = Math.min(payload.length, room)
    if (size > 0 && this.now()) size = random.between(1, size)
    const last = size === payload.length
    const body = payload.subarray(0, size)
    const bits = last ? frame.flags : frame.flags & ~flags.endStream
    if (last) this.queue.shift()
    else this.queue[0] = { ...frame, payload: payload.subarray(size) }
    if (room > size && this.now()) {
      const padded = pad(body, random.between(0, Math.min(255, room - size - 1)))
      windows.pass(id, padded.length, size)
      this.emit(frameOctets(this.withReservedBit({ ...frame, flags: bits | flags.padded, payload: padded })))
    } else {
      windows.pass(id, size, size)
      this.emit(frameOctets(this.withReservedBit({ ...frame, flags: bits, payload: body })))
    }
    return true
  }

  private merged(first: Frame): Frame {
    const next = this.queue[1]
    if (!this.now() || next?.type !== frameTypes.data || next.id !== first.id) return first
    this.queue.shift()
    return (this.queue[0] = { ...next, payload: Buffer.concat([first.payload, next.payload]) })
  }

  private passBlock(frame: Frame): void {
    const { random } = this
    let { payload } = frame
    const parts: Buffer[] = []
    while (parts.length < 20 && this.now()) {
      const size = random.below(Math.min(payload.length, 16_000) + 1)
      parts.push(payload.subarray(0, size))
      payload = payload.subarray(size)
    }
    for (; payload.length > 16_000; payload = payload.subarray(16_000))
      parts.push(payload.subarray(0, 16_000))
    parts.push(payload)
    for (const [i, part] of parts.entries()) {
      const endHeaders = i === parts.length - 1 ? flags.endHeaders : 0
      if (i > 0) {
        this.emit(
          frameOctets({ type: frameTypes.continuation, flags: endHeaders, id: frame.id, payload: part }),
        )
        continue
      }
      let bits = (frame.flags & flags.endStream) | endHeaders
      let octets = part
      if (this.now()) {
        bits |= flags.priority
        octets = Buffer.concat([
          words(frame.id + random.between(1, 9)),
          Buffer.from([random.below(256)]),
          part,
        ])
      }
      if (this.now()) {
        bits |= flags.padded
        octets = pad(octets, random.below(256))
      }
      this.emit(frameOctets(this.withReservedBit({ ...frame, flags: bits, payload: octets })))
    }
  }

  private addOddity(id: number): void {
    if (!this.now() || !this.now() || --this.oddities < 0) return
    const { random } = this
    const payload = Buffer.alloc(random.below(40), 0xee)
    this.emit(
      frameOctets({
        type: random.between(10, 255),
        flags: random.below(256),
        id: random.below(2 ** 31),
        payload,
      }),
    )
    if (id === 0) return
    const priority = Buffer.concat([words(id + 2), Buffer.from([7])])
    this.emit(frameOctets({ type: frameTypes.priority, flags: random.below(256), id, payload: priority }))
  }

  private withReservedBit(frame: Frame): Frame {
    return this.now() ? { ...frame, id: frame.id + 2 ** 31 } : frame
  }

  private now(): boolean {
    return this.random.chance(this.options.noise)
  }
}

function pad(octets: Buffer, size: number): Buffer {
  return Buffer.concat([Buffer.from([size]), octets, Buffer.alloc(size)])
}
