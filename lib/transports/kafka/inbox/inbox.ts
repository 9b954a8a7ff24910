import { randomBytes } from 'node:crypto'
import type { KafkaMessage } from 'kafkajs'
import type { RpcError } from '../../../core/errors.ts'
import { formatAddress } from '../address.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import type { KafkaSettings } from '../options.ts'
import { readPartitions, type PartitionReader } from '../reader/reader.ts'
import { readHeader, toHeader } from '../protocol.ts'
import { openOffsets } from './offsets.ts'

/** What comes to one client or server: its own part of the topic of answers, and what it reads beside it. */
export interface Inbox {
  /** What others write into a message so that it comes here. */
  readonly address: string
  close(): Promise<void>
}

/** How an inbox is opened. */
export interface InboxOptions {
  readonly settings: KafkaSettings
  /** Topics of which all partitions are read. */
  readonly topics: readonly string[]
  /** Called for what was sent to this inbox, and for all of the other topics. Does not throw. */
  onMessage(topic: string, message: KafkaMessage): void
  onLost?(reason: RpcError): void
  onBack?(): void
}

/**
 * Opens an inbox. What is sent to it once this has resolved is not missed. Rejects with an RpcError. Which partition it
 * reads is chance: where there are more inboxes than partitions they share, and each drops what is not its own.
 */
export async function openInbox(kafka: KafkaLike, options: InboxOptions): Promise<Inbox> {
  const { settings, topics, onMessage } = options
  const { address: cluster, replyTopic, connectTimeoutMs } = settings
  const name = randomBytes(12).toString('hex')
  const mine = Buffer.from(name)
  const isMine = ({ headers }: KafkaMessage): boolean => {
    const to = headers?.[toHeader]
    return Buffer.isBuffer(to) ? mine.equals(to) : readHeader(headers, toHeader) === name
  }
  const wanted = [
    { topic: replyTopic, choose: (count: number) => [Math.floor(Math.random() * count)] },
    ...topics.map((topic) => ({
      topic,
      choose: (count: number) => Array.from({ length: count }, (_, at) => at),
    })),
  ]
  const { offsets, close: endOffsets } = await openOffsets(kafka, settings)
  let reader: PartitionReader
  try {
    reader = await readPartitions(kafka, wanted, {
      address: cluster,
      groupId: `microapi-inbox-${name}`,
      offsets,
      connectTimeoutMs,
      onMessage(topic, _, message) {
        if (topic !== replyTopic || isMine(message)) onMessage(topic, message)
      },
      onLost: (reason) => options.onLost?.(reason),
      onBack: () => options.onBack?.(),
    })
  } finally {
    endOffsets()
  }
  const [partition = 0] = reader.partitions.get(replyTopic) ?? []
  return { address: formatAddress({ topic: replyTopic, partition, name }), close: () => reader.close() }
}
