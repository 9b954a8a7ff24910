import type { KafkaLike } from '../connection/kafka-like.ts'
import { assignerOf } from './assigner.ts'
import type { OnMessage, Positions } from './positions.ts'

/** A consumer of kafkajs that reads on from its positions, for as long as it lasts. */
export interface PartitionConsumer {
  /** Resolves when the first fetch is under way; rejects with what kafkajs says where it does not come to that. */
  readonly started: Promise<void>
  /** Ends it; from then on nothing is handed on. Resolves when its connections are closed, which takes up to a second, and longer where brokers are away; never rejects. */
  end(): Promise<void>
}

/** What startConsumer needs beside its positions. */
export interface ConsumerOptions {
  /** A group that no other consumer has ever used: a member that was lost would hold up those behind it. */
  readonly groupId: string
  readonly maxBytes?: number | undefined
  readonly onMessage: OnMessage
  /** It certainly stood within reach of its brokers just now; about once a second. */
  alive(): void
  /** It has ended by itself, behind its start. */
  ended(cause: unknown): void
}

/** How often the group's broker is asked whether we are still in it, in ms. */
export const heartbeatMs = 1_000

/** How long a broker holds back the answer to a fetch when there is nothing, in ms. An end has to wait for it. */
export const pollMs = 1_000

/** Silence after which the group is rid of us, in ms; brokers allow 6,000 at the least. */
const sessionMs = 10_000

/** Starts a consumer in a group of one. Nothing is committed: it is sent to its positions each time it joins. */
export function startConsumer(
  kafka: KafkaLike,
  positions: Positions,
  { groupId, maxBytes, onMessage, alive, ended }: ConsumerOptions,
): PartitionConsumer {
  const consumer = kafka.consumer({
    groupId,
    ...(maxBytes !== undefined && { maxBytes }),
    allowAutoTopicCreation: false,
    partitionAssigners: [assignerOf(positions.partitions)],
    maxWaitTimeInMs: pollMs,
    heartbeatInterval: heartbeatMs,
    sessionTimeout: sessionMs,
    rebalanceTimeout: sessionMs,
    // What does not recover soon is replaced: kafkajs would come back as another member and wait for the lost one.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
  })
  const { GROUP_JOIN, FETCH_START, HEARTBEAT, CRASH } = consumer.events
  let isOver = false
  let settle: (failure?: { readonly cause: unknown }) => void
  const started = new Promise<void>((resolve, reject) => {
    settle = (failure) => (failure ? reject(failure.cause) : resolve())
  })
  let hasStarted = false
  const fail = (cause: unknown): void => {
    settle({ cause })
    if (hasStarted && !isOver) ended(cause)
  }
  consumer.on(GROUP_JOIN, () => {
    for (const position of positions.next()) consumer.seek(position)
    alive()
  })
  consumer.on(FETCH_START, () => {
    hasStarted = true
    settle()
  })
  consumer.on(HEARTBEAT, alive)
  consumer.on(CRASH, ({ payload }) => fail(payload.error))

  const run = async (): Promise<void> => {
    await consumer.connect()
    if (isOver) return
    // Where a position has gone from the log, all that is there is newer than it.
    await consumer.subscribe({ topics: [...positions.partitions.keys()], fromBeginning: true })
    if (isOver) return
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        if (!isOver) positions.take(batch, onMessage)
      },
    })
  }
  const running = run().catch(fail)
  started.catch(() => {})
  return {
    started,
    async end() {
      isOver = true
      settle({ cause: new Error('the reader was closed') })
      // Ended in the middle of its start it would go on behind its end.
      await running
      await consumer.disconnect().catch(() => {})
    },
  }
}
