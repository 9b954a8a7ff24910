import { AsyncLocalStorage } from 'node:async_hooks'
import type { Producer, Transaction as KafkaTransaction } from 'kafkajs'
import type { RpcError } from '../../../core/errors.ts'
import { askAdmin } from '../connection/admins.ts'
import { failureToSend } from '../connection/failure.ts'
import type { Claim, IntakeRecord } from '../intake/claim.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { connectWithin, disconnectWithin } from '../connection/load.ts'
import type { KafkaSettings } from '../options.ts'
import type { Outgoing, Sent } from '../publisher/letter.ts'

/** What the handler of one event publishes, and that the event was handled: all of it becomes visible, or nothing. */
export interface Transaction {
  readonly settings: KafkaSettings
  /** Sends a message, to be seen when the transaction is committed; `sent` hears `place` too. */
  send(outgoing: Outgoing, sent: Sent, place?: number): void
  /** Ends it well, and commits the event's offset with it. Rejects with an RpcError where nothing of it counts. */
  commit(): Promise<void>
  /** Ends it: nothing that was sent is ever seen. Never rejects. */
  abort(): Promise<void>
}

/** The transactions of a server. */
export interface Transactions {
  begin(record: IntakeRecord): Transaction
  /**
   * Keeps whoever had the partition before from committing what it still has in hand. To be done before it is asked where
   * the group stands. Rejects where the brokers do not answer.
   */
  fence(claim: Pick<Claim, 'topic' | 'partition'>): Promise<void>
  /**
   * Whether the last transaction of this record was committed: where the brokers' answer to that was lost, it may have been.
   * From then on it will not be any more. Rejects where the brokers do not answer.
   */
  wasCommitted(record: IntakeRecord): Promise<boolean>
  close(): Promise<void>
}

const current = new AsyncLocalStorage<Transaction>()

/** Runs a handler: what it publishes to the same cluster goes into the transaction. */
export function runInTransaction(transaction: Transaction, run: () => void): void {
  current.run(transaction, run)
}

/** The transaction of the handler that runs now, if it has one at this cluster. */
export function currentTransaction({ address, kafka }: KafkaSettings): Transaction | undefined {
  const found = current.getStore()
  return found?.settings.address === address && found.settings.kafka === kafka ? found : undefined
}

/** Behind this a transaction of a server that was lost is aborted by the brokers, in ms. */
const timeoutMs = 60_000

/**
 * Makes the transactions of one group. Each partition has a producer of its own, whose name is the partition's: who opens
 * it shuts out all that had it before, so that of two servers that believe to own a partition one alone can commit.
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-98+-+Exactly+Once+Delivery+and+Transactional+Messaging
 */
export function createTransactions(kafka: KafkaLike, settings: KafkaSettings, groupId: string): Transactions {
  const producers = new Map<string, Promise<Producer>>()

  const connect = async (name: string): Promise<Producer> => {
    const producer = kafka.producer({
      transactionalId: `${groupId} ${name}`,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: timeoutMs,
      allowAutoTopicCreation: false,
      // It comes at 250 ms × 2: who had the name before may have a transaction to be aborted first.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
    })
    await connectWithin(settings, producer)
    return producer
  }
  const producerOf = (name: string): Promise<Producer> => {
    const known = producers.get(name)
    if (known) return known
    const made = connect(name)
    producers.set(name, made)
    made.catch(() => producers.delete(name))
    return made
  }
  /** One whose transaction ended in doubt is not used again: the next one settles it. */
  const drop = (name: string): void => {
    const last = producers.get(name)
    producers.delete(name)
    void last?.then(disconnectWithin, () => {})
  }
  const nameOf = ({ topic, partition }: Pick<Claim, 'topic' | 'partition'>): string => `${topic} ${partition}`

  const fence: Transactions['fence'] = async (claim) => {
    const name = nameOf(claim)
    drop(name)
    // To begin one is what makes kafkajs ask for the name.
    await (await (await producerOf(name)).transaction()).abort()
  }

  return {
    fence,
    async wasCommitted({ claim, offset }) {
      await fence(claim)
      const committed = await committedOffset(kafka, groupId, claim)
      return committed > Number(offset)
    },
    begin({ claim, offset }) {
      const { topic, partition } = claim
      const name = nameOf(claim)
      let opened: Promise<KafkaTransaction> | undefined
      let last: Promise<unknown> = Promise.resolve()
      let failure: RpcError | undefined
      const fail = (cause: unknown): RpcError => (failure ??= failureToSend(settings.address, topic, cause))
      const open = (): Promise<KafkaTransaction> =>
        (opened ??= producerOf(name).then((one) => one.transaction()))
      return {
        settings,
        send({ topic: to, partition: chosen, key, value, headers }, sent, place = 0) {
          const message = {
            key,
            value,
            ...(chosen === undefined ? {} : { partition: chosen }),
            ...(headers && { headers: { ...headers } }),
          }
          // One after the other: kafkajs numbers what it sends when it sends it.
          last = last
            .then(async () => {
              if (failure) throw failure
              await (await open()).send({ topic: to, messages: [message], acks: -1 })
              sent(undefined, place)
            })
            .catch((cause: unknown) => sent(fail(cause), place))
        },
        async commit() {
          await last
          try {
            if (failure) throw failure
            const next = String(BigInt(offset) + 1n)
            const transaction = await open()
            await transaction.sendOffsets({
              consumerGroupId: groupId,
              topics: [{ topic, partitions: [{ partition, offset: next }] }],
            })
            await transaction.commit()
          } catch (cause) {
            drop(name)
            throw fail(cause)
          }
        },
        async abort() {
          await last
          if (!opened) return
          try {
            if (failure) throw failure
            await (await opened).abort()
          } catch {
            drop(name)
          }
        },
      }
    },
    async close() {
      const all = [...producers.values()]
      producers.clear()
      await Promise.all(all.map(async (one) => one.then(disconnectWithin, () => {})))
    },
  }
}

/** Where the group goes on; -1 where it has not begun. */
async function committedOffset(
  kafka: KafkaLike,
  groupId: string,
  { topic, partition }: Pick<Claim, 'topic' | 'partition'>,
): Promise<number> {
  const committed = await askAdmin(kafka, async (admin) => {
    // kafkajs looks for the group among the brokers that it knows, none at first.
    await admin.fetchTopicMetadata({ topics: [topic] })
    return admin.fetchOffsets({ groupId, topics: [topic] })
  })
  const found = committed[0]?.partitions.find((one) => one.partition === partition)
  return Number(found?.offset ?? -1)
}
