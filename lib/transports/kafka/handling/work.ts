import type { RpcError } from '../../../core/errors.ts'
import { handleDelivery, type DeliveryWays } from '../../../wire/broker/handle-delivery.ts'
import type { Answer, ReceiveContext } from '../../../wire/broker/receive-request.ts'
import { deliveryOf } from './deliveries.ts'
import type { FailedRecords } from './failed-records.ts'
import type { IntakeRecord } from '../intake/claim.ts'
import { createKeyLanes } from './key-lanes.ts'
import { dueHeader, readNumber } from '../protocol.ts'
import type { Source } from '../topics-of.ts'
import { handleInTransaction } from './transaction-work.ts'
import type { Transactions } from './transactions.ts'

/** What handles the records of a server. */
export interface Work {
  /** Handles it, in a transaction where there are some. */
  take(record: IntakeRecord, source: Source, transactions?: Transactions): void
  /** What has not begun is left where it is, for another server. */
  stop(): void
  /** Resolves when nothing runs, at the latest after `ms`. */
  idle(ms: number): Promise<void>
}

/** What records are handled with. */
export interface WorkOptions {
  readonly context: ReceiveContext
  readonly failed: FailedRecords
  /** Sends the answer to a record; `sent` hears when it is there, or cannot be. */
  readonly answer: (record: IntakeRecord, answer: Answer, sent: () => void) => void
}

/** What the ways of all records share. */
interface Ways extends Pick<WorkOptions, 'failed' | 'answer'> {
  /** A record is let go, answer and all, or is left to others. */
  ended(): void
}

// A class: one is made for every record.
class RecordWays implements DeliveryWays {
  readonly #record: IntakeRecord
  readonly #source: Source
  readonly #to: Ways
  /** The next of its lane may begin. */
  readonly #next: () => void
  #isOver = false

  constructor(record: IntakeRecord, source: Source, to: Ways, next: () => void) {
    this.#record = record
    this.#source = source
    this.#to = to
    this.#next = next
  }
  acknowledge(): void {
    this.#record.done()
    this.giveBack()
  }
  // It was not let go: who has the partition next gets it again.
  giveBack(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#next()
    this.#to.ended()
  }
  answer(given: Answer): void {
    this.#to.answer(this.#record, given, () => this.acknowledge())
  }
  retry(attempts: number, delayMs: number): Promise<boolean> {
    return this.#to.failed.retry(this.#record, this.#source, attempts, delayMs)
  }
  bury(attempts: number, error: RpcError): Promise<boolean> {
    return this.#to.failed.bury(this.#record, this.#source, attempts, error)
  }
}

/** What runs one after the other; nothing where its record has a lane to itself. */
function laneOf(
  { claim: { topic, partition }, message: { key } }: IntakeRecord,
  { event }: Source,
  transactions: Transactions | undefined,
): string | undefined {
  // A transaction commits one offset, and with it all before it.
  if (transactions) return `${topic} ${partition}`
  // A batch has its events in their order, those of one key too.
  if (!key || event?.options.batch !== undefined) return undefined
  return `${topic} ${partition} ${key.toString('latin1')}`
}

function nobodyWaits(): void {}

/** Makes the work of a server. Records of one key run one after the other, all others at once. */
export function createWork({ context, failed, answer }: WorkOptions): Work {
  const lanes = createKeyLanes()
  const waiting = new Set<ReturnType<typeof setTimeout>>()
  let stopping = false
  let inHand = 0
  let onIdle = (): void => {}

  const isStopping = (): boolean => stopping
  const to: Ways = {
    failed,
    answer,
    ended() {
      if (--inHand === 0) onIdle()
    },
  }
  const begin = (
    record: IntakeRecord,
    source: Source,
    transactions: Transactions | undefined,
    next: () => void,
  ): void => {
    if (stopping || record.claim.lost.aborted) return next()
    inHand++
    const ways = new RecordWays(record, source, to, next)
    if (!transactions) return void handleDelivery(context, deliveryOf(record, source), ways, isStopping)
    const run = (all: DeliveryWays): void =>
      void handleDelivery(context, deliveryOf(record, source), all, isStopping)
    handleInTransaction(transactions, record, { ways, run, log: context.log })
  }
  const run = (record: IntakeRecord, source: Source, transactions?: Transactions): void => {
    const lane = laneOf(record, source, transactions)
    if (lane === undefined) begin(record, source, transactions, nobodyWaits)
    else lanes.run(lane, (next) => begin(record, source, transactions, next))
  }
  return {
    take(record, source, transactions) {
      if (stopping) return
      const due = readNumber(record.message.headers, dueHeader)
      if (due === undefined) return run(record, source, transactions)
      // Nowhere else does anything wait, and there no longer: whoever can write could hold a partition for years.
      const longestMs = source.retries.get(record.claim.topic) ?? 0
      const ms = Math.min(due - Date.now(), longestMs)
      if (ms <= 0) return run(record, source, transactions)
      const timer = setTimeout(() => {
        waiting.delete(timer)
        run(record, source, transactions)
      }, ms)
      waiting.add(timer)
    },
    stop() {
      stopping = true
      for (const timer of waiting) clearTimeout(timer)
      waiting.clear()
    },
    async idle(ms) {
      if (inHand === 0) return
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    },
  }
}
