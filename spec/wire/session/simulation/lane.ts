import { longestPauseMs } from '../../../../lib/wire/session/holding.ts'
import type { Session } from '../../../../lib/wire/session/port.ts'
import { window } from '../../../../lib/wire/session/window.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** One stream of items, as it is sent and asked for. */
interface Counted {
  readonly sizes: number[]
  /** Items that the reader has asked for, the next one included. */
  asked: number
  /** How many of them were sent, and their bytes. */
  taken: number
  takenBytes: number
  sentBytes: number
  arrived: number
}

const push = '{"type":"stream_push",'

/** One way between two sessions: in order, as late and as full as the simulation likes. Throws where a sender goes past what it may. */
export class Lane {
  receiver!: Pick<Session, 'receive'>
  sender!: Pick<Session, 'drained'>
  readonly queue: string[] = []
  /** The receiver takes nothing in. */
  isPaused = false
  longestPauseMs = 0
  /** What the sender has done wrong. */
  fault: string | undefined
  arrived = 0
  private readonly clock: VirtualClock
  private readonly capacity: number
  private readonly counts: boolean
  private readonly streams = new Map<number, Counted>()
  private bytes = 0
  private isFull = false
  private isCut = false
  private pausedAt = 0

  /** `capacity`: bytes that may wait before it is full. `counts`: whether senders know credit. */
  constructor(clock: VirtualClock, capacity: number, counts: boolean) {
    this.clock = clock
    this.capacity = capacity
    this.counts = counts
  }

  send(text: string): boolean {
    if (this.isCut) return true
    const size = Buffer.byteLength(text)
    if (text.startsWith(push)) this.count(text, size)
    this.queue.push(text)
    this.bytes += size
    this.isFull ||= this.bytes > this.capacity
    return !this.isFull
  }

  private count(text: string, size: number): void {
    // An item may go past the mark, none may follow it.
    if (this.isFull) this.fault ??= 'an item was sent into a full port'
    if (!this.counts) return
    const stream = this.stream(callOf(text))
    for (; stream.taken < stream.asked && stream.taken < stream.sizes.length; stream.taken++)
      stream.takenBytes += stream.sizes[stream.taken]!
    if (stream.sizes.length - stream.asked >= window.items) this.fault ??= 'more items are ahead than may be'
    if (stream.sentBytes - stream.takenBytes >= window.bytes)
      this.fault ??= 'more bytes are ahead than may be'
    stream.sizes.push(size)
    stream.sentBytes += size
  }

  private stream(call: number): Counted {
    let stream = this.streams.get(call)
    if (!stream)
      this.streams.set(
        call,
        (stream = { sizes: [], asked: 0, taken: 0, takenBytes: 0, sentBytes: 0, arrived: 0 }),
      )
    return stream
  }

  /** The reader of a call's stream asks for an item. */
  ask(call: number): void {
    this.stream(call).asked++
  }

  /** Who has left takes all that comes. */
  askForAll(call: number): void {
    const stream = this.stream(call)
    stream.asked = Number.POSITIVE_INFINITY
    stream.takenBytes = Number.POSITIVE_INFINITY
  }

  get canDeliver(): boolean {
    return !this.isPaused && this.queue.length > 0
  }

  /** Hands over the next envelopes: all of a chunk, since what was read is not given back. */
  deliver(count: number): void {
    for (let i = 0; i < count; i++) {
      const text = this.queue.shift()
      if (text === undefined) return
      const size = Buffer.byteLength(text)
      this.bytes -= size
      this.arrived++
      if (!this.counts && text.startsWith(push)) this.wait(callOf(text), count)
      this.receiver.receive(text, size)
    }
  }

  /** Without credit what waits is bounded by the pause, and by what had been read before it. */
  private wait(call: number, chunk: number): void {
    const stream = this.stream(call)
    // What comes for a reader that was given up is not kept.
    const wasGivenUp = this.longestPauseMs >= longestPauseMs
    if (++stream.arrived - stream.asked > window.items + chunk && !wasGivenUp)
      this.fault ??= 'more items wait than may'
  }

  get canDrain(): boolean {
    return this.isFull && this.bytes <= this.capacity / 2
  }

  drain(): void {
    this.isFull = false
    this.sender.drained()
  }

  pause(): void {
    if (!this.isPaused) this.pausedAt = this.clock.now()
    this.isPaused = true
  }

  resume(): void {
    if (this.isPaused) this.longestPauseMs = Math.max(this.longestPauseMs, this.clock.now() - this.pausedAt)
    this.isPaused = false
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.isCut = true
    this.isFull = false
    this.queue.length = 0
    this.bytes = 0
  }
}

function callOf(text: string): number {
  return Number.parseInt(text.slice(text.indexOf('"call":') + 7), 10)
}
