import { createHash } from 'node:crypto'
import type { Connection } from '../../../lib/http2/connection.ts'
import { writeMark, type Sink } from '../../../lib/http2/sink.ts'
import { OctetQueue } from './frames.ts'
import type { Random } from './random.ts'
import { Relay, type RelayOptions } from './relay.ts'

/** How a lane treats octets. */
export interface LaneOptions {
  /** The most octets that arrive at once. */
  readonly cut: number
  /** Each written octet counts as so many for the sender's backpressure. */
  readonly weight: number
  /** Undefined where frames pass as they are. */
  readonly relay: RelayOptions | undefined
}

const bufferSize = 32 * 1024

/** One direction of the pipe: the sender's sink, a socket buffer, a relay, and what is on its way. */
export class Lane implements Sink {
  sender!: Connection
  receiver!: Connection
  /** The sender has asked for a flush. */
  awake = false
  readonly paused = false
  /** Octets that the receiver has got. */
  arrived = 0
  ended: 'gracefully' | 'by force' | undefined
  readonly relay: Relay | undefined
  private finished = false
  private readonly written = new OctetQueue()
  private readonly flying = new OctetQueue()
  private readonly hash = createHash('sha1')
  private readonly random: Random
  private readonly clock: { now: number }
  private readonly options: LaneOptions

  constructor(random: Random, clock: { now: number }, prefaceLength: number, options: LaneOptions) {
    this.random = random
    this.clock = clock
    this.options = options
    this.relay =
      options.relay && new Relay(random, prefaceLength, options.relay, (octets) => this.flying.push(octets))
  }

  /** Everything that was written has arrived, the end too. */
  get idle(): boolean {
    if (this.receiver.closed) return true
    if (this.written.length + this.flying.length > 0 || (this.ended && !this.finished)) return false
    return this.relay?.idle ?? true
  }

  get canTake(): boolean {
    return this.written.length > 0
  }

  get canDeliver(): boolean {
    return (
      this.flying.length > 0 ||
      (this.ended !== undefined && !this.finished && this.written.length === 0 && this.allPassed)
    )
  }

  /** For people. */
  state(): string {
    return `${this.written.length} octets written, ${this.flying.length} on their way, ended ${this.ended}, ${this.relay?.state()}`
  }

  /** Of all that the sender wrote; once. */
  digest(): string {
    return this.hash.digest('hex')
  }

  /** Some of the socket's buffer leaves it. */
  take(): void {
    const octets = this.written.take(this.random.between(1, 20_000))
    if (this.relay) this.relay.take(octets)
    else this.flying.push(octets)
    if (this.unwritten < writeMark) this.sender.drained()
  }

  /** Some octets arrive, or the end. */
  deliver(): void {
    if (this.flying.length > 0) {
      // Small pieces come many in a turn, or there would be no end.
      const pieces = this.random.between(1, Math.ceil(300 / this.options.cut))
      for (let i = 0; i < pieces && this.flying.length > 0; i++) {
        const octets = this.flying.take(this.random.between(1, this.options.cut))
        this.arrived += octets.length
        this.receiver.receive(octets)
        // They are not to be kept.
        octets.fill(0xaa)
      }
      return
    }
    this.finished = true
    this.receiver.lost()
  }

  wake(): void {
    this.awake = true
  }

  lend(): Buffer {
    return Buffer.alloc(bufferSize, 0xbb)
  }

  giveBack(buffer: Buffer): void {
    buffer.fill(0xcc)
  }

  write(buffer: Buffer, length: number): Buffer {
    if (this.ended) throw new Error('the connection writes behind its end')
    const octets = Buffer.from(buffer.subarray(0, length))
    this.written.push(octets)
    this.hash.update(octets)
    buffer.fill(0xdd)
    return this.random.chance(0.5) ? buffer : this.lend()
  }

  get unwritten(): number {
    return this.written.length * this.options.weight
  }

  end(force: boolean): void {
    this.ended ??= force ? 'by force' : 'gracefully'
    if (force) this.written.clear()
  }

  now(): number {
    return this.clock.now
  }

  private get allPassed(): boolean {
    return this.relay?.idle ?? true
  }
}
