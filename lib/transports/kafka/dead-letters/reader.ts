import { randomBytes } from 'node:crypto'
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { RpcError } from '../../../core/errors.ts'
import type { DeadRecord } from './record.ts'
import { failureOfLink } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { connectWithin, disconnectWithin } from '../connection/load.ts'
import type { KafkaSettings } from '../options.ts'
import { assignerOf } from '../reader/assigner.ts'

/** What is read of a partition: from an offset to the one before another. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Reads the partitions of a topic together, by the time of their records, no faster than it is asked. */
export interface RecordReader {
  /** The next one; undefined at the end of all partitions. Rejects with an RpcError. */
  next(): Promise<DeadRecord | undefined>
  close(): Promise<void>
}

interface Cursor extends Span {
  readonly partition: number
  /** How far it was fetched. */
  at: number
  waiting: DeadRecord[]
  /** What waits has been taken. */
  drained: () => void
}

/** How long nothing may come, in ms. A new group alone may take 3 s and more. */
const silenceMs = 30_000
/** While a partition waits for the others its group hears as often that we are there, in ms. */
const aliveMs = 2_000

/** Opens a reader in a group of its own, which is gone behind it: nothing is committed. Rejects with an RpcError where the brokers cannot be reached. */
export async function openRecords(
  kafka: KafkaLike,
  settings: KafkaSettings,
  topic: string,
  spans: ReadonlyMap<number, Span>,
): Promise<RecordReader> {
  const { address } = settings
  const cursors = [...spans].map(([partition, span]): Cursor => ({
    ...span,
    partition,
    at: span.from,
    waiting: [],
    drained: () => {},
  }))
  const byPartition = new Map(cursors.map((cursor) => [cursor.partition, cursor]))
  const consumer = kafka.consumer({
    groupId: `microapi-dlq-read-${randomBytes(8).toString('hex')}`,
    allowAutoTopicCreation: false,
    partitionAssigners: [assignerOf(new Map([[topic, [...spans.keys()]]]))],
    maxWaitTimeInMs: 500,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 100, restartOnFailure: async () => false },
  })
  let failure: RpcError | undefined
  const closing = new AbortController()
  let wake = (): void => {}
  const fail = (cause: unknown): void => {
    failure ??= failureOfLink(address, cause)
    wake()
  }
  const { GROUP_JOIN, CRASH, END_BATCH_PROCESS } = consumer.events
  consumer.on(GROUP_JOIN, () => {
    for (const { partition, at } of cursors) consumer.seek({ topic, partition, offset: `${at}` })
  })
  consumer.on(CRASH, ({ payload }) => fail(payload.error))
  // Where all that was fetched is not for us, as the mark of a transaction, nothing else tells of it.
  consumer.on(END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    const cursor = byPartition.get(partition)
    if (cursor && cursor.waiting.length === 0) cursor.at = Math.max(cursor.at, Number(lastOffset) + 1)
    wake()
  })
  const eachBatch = async ({ batch, heartbeat, pause }: EachBatchPayload): Promise<void> => {
    const cursor = byPartition.get(batch.partition)
    if (!cursor) return
    cursor.waiting.push(...recordsOf(batch.messages, cursor))
    cursor.at = Math.max(cursor.at, Number(batch.lastOffset()) + 1)
    if (cursor.at >= cursor.to) pause()
    wake()
    while (cursor.waiting.length > 0 && !closing.signal.aborted) {
      await within(aliveMs, new Promise<void>((resolve) => (cursor.drained = resolve)))
      await heartbeat()
    }
  }

  await connectWithin(settings, consumer)
  const running = (async () => {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: cursors.length, eachBatch })
  })().catch(fail)
  const isDone = ({ waiting, at, to }: Cursor): boolean => waiting.length === 0 && at >= to

  return {
    async next() {
      for (;;) {
        const open = cursors.filter((cursor) => !isDone(cursor))
        if (open.length === 0) return undefined
        if (open.every(({ waiting }) => waiting.length > 0)) {
          const first = open.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a))
          const record = first.waiting.shift()!
          if (first.waiting.length === 0) first.drained()
          return record
        }
        if (failure) throw failure
        if (closing.signal.aborted) return undefined
        const news = new Promise<true>((resolve) => (wake = () => resolve(true)))
        if (!(await within(silenceMs, news))) throw silent(address, topic)
      }
    },
    async close() {
      closing.abort()
      for (const { drained } of cursors) drained()
      wake()
      await within(aliveMs, running)
      await disconnectWithin(consumer)
    },
  }
}

/** What is new of it: a batch comes again where the group was lost in the midst of it. */
function recordsOf(messages: readonly KafkaMessage[], { partition, at, to }: Cursor): DeadRecord[] {
  return messages
    .map((message) => ({ partition, offset: Number(message.offset), message }))
    .filter(({ offset }) => offset >= at && offset < to)
}

function timeOf({ waiting }: Cursor): number {
  return Number(waiting[0]!.message.timestamp)
}

function silent(address: string, topic: string): RpcError {
  const text = `${address}, topic ${JSON.stringify(topic)}: nothing came in ${silenceMs} ms`
  return new RpcError('UNAVAILABLE', text)
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)))
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
