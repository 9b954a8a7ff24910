import { RpcError } from '../../core/errors.ts'
import { utf8Length } from '../utf8-length.ts'
import type { Port, Session } from '../session/port.ts'

/** What carries the messages of a lane: a broker. */
export interface Carrier {
  /** Sends one message; `confirmed` is to run when the broker has it. Does nothing where the connection is lost. */
  publish(number: number, body: string, confirmed: () => void): void
}

/** What a lane is made with. */
export interface LaneOptions {
  readonly carrier: Carrier
  /** So many bytes may be on their way to the broker before the session is to wait. */
  readonly maxBufferedBytes: number
  /** The lane has lost a message, or more came than can be held: nothing more comes of it. */
  readonly broken: (reason: RpcError) => void
}

/** So much of what is sent in a turn goes into one message. */
const batchLength = 16_384

/** So much may wait while the session takes nothing in. */
const maxHeldLength = 16_777_216

/**
 * One session over a broker: its envelopes, as many as a turn brings in one message, which are numbered. What comes twice
 * is dropped; where one is missing the lane is broken. A class: one is made for each client of a server.
 */
export class Lane implements Port {
  /** When something came last, in ms since the epoch. */
  heardAt: number
  private readonly options: LaneOptions
  private session: Session | undefined = undefined
  private sent = 0
  private received = 0
  private batch: string[] = []
  private batchBytes = 0
  /** Sent, or about to be, and not confirmed. */
  private openBytes = 0
  private isFull = false
  private isPaused = false
  private held: { readonly text: string; readonly bytes: number }[] = []
  private heldBytes = 0
  private isOver = false

  constructor(options: LaneOptions, now: number) {
    this.options = options
    this.heardAt = now
  }

  /** Says who takes what comes. */
  attach(session: Session): void {
    this.session = session
  }

  send(text: string): boolean {
    if (this.isOver) return true
    if (this.batch.push(text) === 1) process.nextTick(() => this.flush())
    this.batchBytes += text.length
    this.openBytes += text.length
    if (this.batchBytes >= batchLength) this.flush()
    if (this.openBytes > this.options.maxBufferedBytes) this.isFull = true
    return !this.isFull
  }

  /** Sends what has gathered. */
  flush(): void {
    const { batch, batchBytes } = this
    if (batch.length === 0 || this.isOver) return
    this.batch = []
    this.batchBytes = 0
    this.options.carrier.publish(this.sent++, batch.join('\n'), () => this.confirmed(batchBytes))
  }

  private confirmed(bytes: number): void {
    this.openBytes -= bytes
    if (!this.isFull || this.isOver || this.openBytes > this.options.maxBufferedBytes / 2) return
    this.isFull = false
    this.session?.drained()
  }

  /** A message has come. */
  receive(number: number, body: string, bytes: number, now: number): void {
    if (this.isOver) return
    this.heardAt = now
    if (number < this.received) return
    if (number > this.received)
      return this.break(
        new RpcError('DATA_LOSS', `message ${this.received} of the stream was lost: number ${number} came`),
      )
    this.received++
    // Mostly there is nothing but ASCII, and nothing to be measured.
    const isAscii = body.length === bytes
    for (const text of body.split('\n')) this.take(text, isAscii ? text.length : utf8Length(text))
  }

  private take(text: string, bytes: number): void {
    if (!this.isPaused) return this.session?.receive(text, bytes)
    this.held.push({ text, bytes })
    this.heldBytes += bytes
    if (this.heldBytes > maxHeldLength)
      this.break(new RpcError('RESOURCE_EXHAUSTED', 'more comes than can be answered'))
  }

  private break(reason: RpcError): void {
    if (!this.isOver) this.options.broken(reason)
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    const { held } = this
    this.held = []
    this.heldBytes = 0
    for (const { text, bytes } of held) this.take(text, bytes)
  }

  /** Nothing more is sent, or taken. */
  close(): void {
    this.isOver = true
    this.batch = []
    this.held = []
  }
}
