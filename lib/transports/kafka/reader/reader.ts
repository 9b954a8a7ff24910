import { setTimeout as pause } from 'node:timers/promises'
import type { RpcError } from '../../../core/errors.ts'
import { failureOfLink, failureToConnect } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { calm } from '../connection/calm.ts'
import { heartbeatMs, pollMs, startConsumer, type PartitionConsumer } from './consumer.ts'
import type { OnMessage } from './positions.ts'
import { inTime, positionsOf, whenReady, type OffsetsOf, type Wanted } from './start.ts'
import { watchSilence } from './watch.ts'

export type { Wanted } from './start.ts'

/** Reads partitions, for itself alone. */
export interface PartitionReader {
  /** For each topic the partitions that are read, in order. */
  readonly partitions: ReadonlyMap<string, readonly number[]>
  /** Ends the reading: nothing is handed on any more. Its connections may take a second more, since kafkajs waits out the fetch that is under way. Never rejects. */
  close(): Promise<void>
}

/** What readPartitions needs to know. */
export interface ReaderOptions {
  /** Where the brokers are, as messages have it. */
  readonly address: string
  /** Fresh, of this reader alone. A consumer that takes the place of a lost one has a group of its own, with a number behind this. */
  readonly groupId: string
  /** Where each of the topic's partitions ends now, such as `admin.fetchTopicOffsets(topic)` says it. */
  readonly offsets: OffsetsOf
  /** Gets each message once, each partition in its order; never throws. */
  readonly onMessage: OnMessage
  /** It cannot go on for now. It tries to, and goes on from where it was. */
  onLost(reason: RpcError): void
  /** It goes on, behind `onLost`. */
  onBack(): void
  /** Until the first fetch is under way, in ms. Brokers hold back a new group for 3 s unless told otherwise (group.initial.rebalance.delay.ms). */
  readonly connectTimeoutMs: number
  /** What one answer of a broker may hold, in bytes; kafkajs's 10 MiB unless told otherwise. */
  readonly maxBytes?: number
  /** Ends the attempt to begin, with its reason. */
  readonly signal?: AbortSignal
}

/** Longer than any time between two signs of life where all is well, in ms. */
const silenceMs = heartbeatMs + pollMs + 1_500

/**
 * Reads partitions from where they end now. The positions are fixed before anything else, so that nothing that is sent
 * once this has resolved is missed, whatever happens to the reader. Resolves when the first fetch is under way; rejects
 * with an RpcError where it does not come to that.
 */
export async function readPartitions(
  kafka: KafkaLike,
  wanted: readonly Wanted[],
  options: ReaderOptions,
): Promise<PartitionReader> {
  const { address, groupId, onMessage, maxBytes, connectTimeoutMs: ms } = options
  const closing = new AbortController()
  let count = 0
  let consumer: PartitionConsumer | undefined
  let isLost = true

  const begin = async (): Promise<void> => {
    closing.signal.throwIfAborted()
    const mine = startConsumer(kafka, positions, {
      groupId: count === 0 ? groupId : `${groupId}.${count}`,
      maxBytes,
      onMessage,
      alive: () => watch.alive(),
      ended: (cause) => mine === consumer && lose(cause),
    })
    count++
    consumer = mine
    try {
      await mine.started
    } catch (cause) {
      void mine.end()
      throw cause
    }
  }
  const lose = (cause: unknown): void => {
    if (isLost) return
    isLost = true
    options.onLost(failureOfLink(address, cause))
    void recover()
  }
  const recover = async (): Promise<void> => {
    for (let failed = 0; !closing.signal.aborted; failed++) {
      void consumer?.end()
      try {
        await inTime(begin, { address, ms, signal: closing.signal })
        if (closing.signal.aborted) return
        isLost = false
        watch.alive()
        options.onBack()
        return
      } catch {
        void consumer?.end()
        await pause(restartMs(failed), undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }
  const close = async (): Promise<void> => {
    closing.abort()
    isLost = true
    watch.stop()
    void consumer?.end()
  }

  const watch = watchSilence(silenceMs, () => lose(new Error(`no sign of life for ${silenceMs} ms`)))
  let positions: Awaited<ReturnType<typeof positionsOf>>
  try {
    await inTime(
      async () => {
        await calm(kafka)
        positions = await whenReady(() => positionsOf(wanted, options.offsets), closing.signal)
        if (positions.partitions.size > 0) await whenReady(begin, closing.signal)
      },
      { address, ms, signal: options.signal },
    )
  } catch (cause) {
    void close()
    throw failureToConnect(address, cause)
  }
  if (positions!.partitions.size > 0) isLost = false
  return { partitions: positions!.partitions, close }
}

/** Until the next attempt to go on, in ms: 1 s × 1.6 up to 3 s, ± 20 %. */
function restartMs(failed: number): number {
  return Math.min(1_000 * 1.6 ** failed, 3_000) * (0.8 + 0.4 * Math.random())
}
