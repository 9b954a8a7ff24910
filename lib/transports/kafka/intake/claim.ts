import type { KafkaMessage } from 'kafkajs'
import { RpcError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import { createPrefix, type Prefix } from './prefix.ts'

/** A partition, for as long as it is ours. */
export interface Claim {
  readonly topic: string
  readonly partition: number
  /** Aborts when another server may own the partition; what is in hand of it will come to that one again. */
  readonly lost: AbortSignal
}

/** A record in hand. */
export interface IntakeRecord {
  readonly claim: Claim
  readonly offset: string
  readonly message: KafkaMessage
  /** It is finished: its offset may be committed. Does nothing the second time, or when the claim is lost. */
  done(): void
}

// A class: one is made for every record.
class RecordInHand implements IntakeRecord {
  readonly claim: Claim
  readonly message: KafkaMessage
  readonly #finished: (offset: number) => void
  #isDone = false

  constructor(claim: Claim, message: KafkaMessage, finished: (offset: number) => void) {
    this.claim = claim
    this.message = message
    this.#finished = finished
  }
  get offset(): string {
    return this.message.offset
  }
  done(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#finished(Number(this.message.offset))
  }
}

/** A partition that is ours: what has been fetched of it, what is in hand, and what is finished. */
export interface Holding {
  readonly claim: Claim
  /** Undefined until it is known where reading begins. */
  readonly prefix: Prefix | undefined
  /** What the broker has from us or had from those before, if it has anything. */
  committed: number | undefined
  /** Whether no more of it is to be fetched now. */
  readonly isHeld: boolean
  /** How many records are in hand. */
  readonly inHand: number
  /** Reading begins here. */
  begin(start: number): void
  /** Takes what was fetched: records in their order, and where the next fetch goes on. */
  push(messages: readonly KafkaMessage[], next: number): void
  /** Hands out no more. */
  freeze(): void
  /** It is ours no more. */
  lose(why: string): void
}

/** What a holding needs, and whom it tells. */
export interface HoldingContext {
  readonly prefetch: number
  readonly log: Log
  onRecord(record: IntakeRecord): void
  /** A record is finished. */
  onDone(holding: Holding): void
  /** No more of it is to be fetched, or some again. */
  onHold(holding: Holding): void
}

/** So far, in offsets, others run ahead of a record that is not finished: it keeps all of them from being committed. */
const maxAhead = 10_000

/** Makes the holding of a partition; it is held until it begins. */
export function createHolding(
  { topic, partition }: { readonly topic: string; readonly partition: number },
  context: HoldingContext,
): Holding {
  const { prefetch, log } = context
  const end = new AbortController()
  const claim: Claim = { topic, partition, lost: end.signal }
  let prefix: Prefix | undefined
  let queue: KafkaMessage[] = []
  let head = 0
  /** As few may wait when fetching goes on, so that there is work until it has an answer. */
  let fewEnough = 0
  let inHand = 0
  let isHeld = true
  let isFrozen = false
  let isHandingOut = false

  const hold = (held: boolean): void => {
    if (isHeld === held) return
    isHeld = held
    context.onHold(holding)
  }
  const isFarAhead = (): boolean => prefix!.next - prefix!.committable > maxAhead
  const finished = (offset: number): void => {
    if (end.signal.aborted) return
    inHand--
    prefix!.done(offset)
    context.onDone(holding)
    handOut()
    if (isHeld && !isFrozen && queue.length - head <= fewEnough && !isFarAhead()) hold(false)
  }
  const mayHandOut = (): boolean => inHand < prefetch && head < queue.length && !isFrozen
  const handOut = (): void => {
    // One that is finished at once leads here again.
    if (isHandingOut) return
    isHandingOut = true
    while (mayHandOut()) {
      inHand++
      context.onRecord(new RecordInHand(claim, queue[head++]!, finished))
    }
    isHandingOut = false
    if (head < queue.length) return
    queue = []
    head = 0
  }
  const holding: Holding = {
    claim,
    get prefix() {
      return prefix
    },
    committed: undefined,
    get isHeld() {
      return isHeld
    },
    get inHand() {
      return inHand
    },
    begin(start) {
      prefix = createPrefix(start)
      if (!isFrozen) hold(false)
    },
    push(messages, next) {
      if (isFrozen) return
      if (head > 0) queue = queue.slice(head)
      head = 0
      for (const message of messages) if (prefix!.took(Number(message.offset))) queue.push(message)
      prefix!.passed(next)
      handOut()
      fewEnough = (queue.length - head) >> 1
      if (isFarAhead())
        log.warn(
          { topic, partition, offset: prefix!.committable },
          `kafka: the record at this offset is still in hand, ${maxAhead} offsets on: its partition waits for it`,
        )
      else if (head === queue.length) return
      hold(true)
    },
    freeze() {
      isFrozen = true
      hold(true)
    },
    lose(why) {
      isFrozen = true
      queue = []
      head = 0
      inHand = 0
      end.abort(new RpcError('UNAVAILABLE', `partition ${partition} of ${topic} is read elsewhere: ${why}`))
    },
  }
  return holding
}
