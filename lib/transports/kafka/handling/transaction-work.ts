import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../../core/log.ts'
import type { DeliveryWays } from '../../../wire/broker/handle-delivery.ts'
import type { IntakeRecord } from '../intake/claim.ts'
import { runInTransaction, type Transaction, type Transactions } from './transactions.ts'

/** How a record is handled where there are no transactions. */
export interface PlainWork {
  readonly ways: DeliveryWays
  readonly run: (ways: DeliveryWays) => void
  readonly log: Log
}

/** Until it is asked what has become of a transaction whose commit has failed, in ms. */
const askMs = 1_000

/**
 * Handles a record in a transaction. It is committed with what the handler has published, and undone where the handler
 * fails. Where the commit fails the brokers are asked whether it was one: if not, nothing has happened, and the record is
 * handled again as long as it is ours.
 */
export function handleInTransaction(
  transactions: Transactions,
  record: IntakeRecord,
  { ways, run, log }: PlainWork,
): void {
  const { claim } = record
  const attempt = (): void => {
    const transaction = transactions.begin(record)
    runInTransaction(transaction, () => run(waysOf(transaction)))
  }
  const waysOf = (transaction: Transaction): DeliveryWays => {
    let isUndone = false
    const undo = async (): Promise<void> => {
      isUndone = true
      await transaction.abort()
    }
    /** `again` is what is to be done where it was not committed. */
    const commit = async (ending: Transaction, again: () => void): Promise<void> => {
      try {
        await ending.commit()
        ways.acknowledge()
      } catch (error) {
        log.warn({ error, topic: claim.topic }, 'kafka: a transaction was not committed')
        await settle(again)
      }
    }
    const settle = async (again: () => void): Promise<void> => {
      await pause(askMs, undefined, { ref: false })
      if (claim.lost.aborted) return ways.giveBack()
      try {
        if (await transactions.wasCommitted(record)) ways.acknowledge()
        else again()
      } catch (error) {
        log.warn({ error, topic: claim.topic }, 'kafka: nobody says whether a transaction was committed')
        await settle(again)
      }
    }
    /** What was undone is finished otherwise: a transaction of the offset alone. */
    const commitOffset = (): void => void commit(transactions.begin(record), commitOffset)
    return {
      answer: (answer) => ways.answer(answer),
      retry: (attempts, delayMs) => ways.retry(attempts, delayMs),
      bury: (attempts, error) => ways.bury(attempts, error),
      acknowledge: () => (isUndone ? commitOffset() : void commit(transaction, attempt)),
      giveBack: () => void undo().then(() => ways.giveBack()),
      failed: undo,
    }
  }
  attempt()
}
