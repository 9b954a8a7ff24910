import type { Message } from 'kafkajs'
import { RpcError } from '../../../core/errors.ts'
import { formatRanges, type Marks } from './marks.ts'
import { failureToSend, typeOf } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { connectWithin, disconnectWithin } from '../connection/load.ts'
import type { KafkaSettings } from '../options.ts'

/** The group that remembers which dead letters were sent back. */
export const replayGroup = 'microapi-dlq-replay'

/** What sends the dead letters of a topic back. */
export interface Replayer {
  /** Sends them and commits the marks of their partitions: both, or nothing. Rejects with an RpcError. */
  send(to: string, messages: readonly Message[], marks: ReadonlyMap<number, Marks>): Promise<void>
  close(): Promise<void>
}

/** Behind this a transaction of a command that was killed is aborted by the brokers, in ms. */
const timeoutMs = 60_000

/**
 * Opens one. Whoever else sends back what is in the topic is shut out from then on: what it has committed stands, and it commits no more.
 * Rejects with an RpcError where the brokers cannot be reached, or allow no transaction.
 */
export async function openReplayer(
  kafka: KafkaLike,
  settings: KafkaSettings,
  name: string,
): Promise<Replayer> {
  const { address } = settings
  const producer = kafka.producer({
    transactionalId: `${replayGroup} ${name}`,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: timeoutMs,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
  })
  await connectWithin(settings, producer)
  const close = (): Promise<void> => disconnectWithin(producer)
  try {
    // To begin one is what makes kafkajs ask for the name.
    await (await producer.transaction()).abort()
  } catch (cause) {
    await close()
    throw failureToSend(address, name, cause)
  }
  return {
    async send(to, messages, marks) {
      const partitions = [...marks].map(([partition, { from, ranges }]) => {
        const metadata = formatRanges({ from, ranges })
        if (metadata === undefined) throw tooManyGaps(name, partition)
        return { partition, offset: `${from}`, metadata }
      })
      try {
        const transaction = await producer.transaction()
        try {
          await transaction.send({ topic: to, messages: [...messages], acks: -1 })
          await transaction.sendOffsets({
            consumerGroupId: replayGroup,
            topics: [{ topic: name, partitions }],
          })
          await transaction.commit()
        } catch (cause) {
          await transaction.abort().catch(() => {})
          throw cause
        }
      } catch (cause) {
        if (/FENCED|INVALID_PRODUCER_EPOCH/.test(typeOf(cause) ?? '')) throw shutOut(name)
        throw failureToSend(address, to, cause)
      }
    },
    close,
  }
}

function shutOut(name: string): RpcError {
  return new RpcError('ABORTED', `somebody else has begun to replay ${JSON.stringify(name)}`)
}

function tooManyGaps(name: string, partition: number): RpcError {
  const text = `so many messages of ${JSON.stringify(name)}, partition ${partition}, were left between those that were replayed that which ones cannot be remembered; replay those that are left first`
  return new RpcError('RESOURCE_EXHAUSTED', text)
}
