import { handleDelivery, type DeliveryWays } from '../../wire/broker/handle-delivery.ts'
import type { Answer, ReceiveContext } from '../../wire/broker/receive-request.ts'
import { deliveryOf } from './deliveries.ts'
import type { FailedRecords } from './failed-records.ts'
import type { IntakeRecord } from './intake/claim.ts'
import { createKeyLanes } from './key-lanes.ts'
import { dueHeader, readNumber } from './protocol.ts'
import type { Source } from './topics-of.ts'
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

/** Makes the work of a server. Records of one key run one after the other, all others at once. */
export function createWork({ context, failed, answer }: WorkOptions): Work {
  const lanes = createKeyLanes()
  const waiting = new Set<ReturnType<typeof setTimeout>>()
  let stopping = false
  let inHand = 0
  let onIdle = (): void => {}

  const isStopping = (): boolean => stopping
  const handle = (record: IntakeRecord, source: Source, transactions?: Transactions): Promise<void> =>
    // Ends when the record is let go: the next of its key is to find it handled, answer and all.
    new Promise((resolve) => {
      const acknowledge = (): void => {
        record.done()
        resolve()
      }
      const ways: DeliveryWays = {
        acknowledge,
        // It was not let go: who has the partition next gets it again.
        giveBack: resolve,
        answer: (given) => answer(record, given, acknowledge),
        retry: (attempts, delayMs) => failed.retry(record, source, attempts, delayMs),
        bury: (attempts, error) => failed.bury(record, source, attempts, error),
      }
      const run = (all: DeliveryWays): void =>
        void handleDelivery(context, deliveryOf(record, source), all, isStopping)
      if (transactions) handleInTransaction(transactions, record, { ways, run, log: context.log })
      else run(ways)
    })
  const run = (record: IntakeRecord, source: Source, transactions?: Transactions): void => {
    const { claim, message } = record
    // A batch has its events in their order, those of one key too.
    const isFree = source.event?.options.batch !== undefined
    const own = isFree ? undefined : message.key?.toString('latin1')
    const place = `${claim.topic} ${claim.partition}`
    // A transaction commits one offset, and with it all before it.
    const key = transactions ? place : own === undefined ? undefined : `${place} ${own}`
    lanes.run(key, async () => {
      if (stopping || claim.lost.aborted) return
      inHand++
      await handle(record, source, transactions)
      if (--inHand === 0) onIdle()
    })
  }
  return {
    take(record, source, transactions) {
      if (stopping) return
      // Nowhere else does anything wait, and there no longer: whoever can write could hold a partition for years.
      const longestMs = source.retries.get(record.claim.topic) ?? 0
      const due = readNumber(record.message.headers, dueHeader) ?? 0
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
