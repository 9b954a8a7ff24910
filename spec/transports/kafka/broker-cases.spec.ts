import { randomBytes } from 'node:crypto'
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs'
import { kafka } from 'microapi-ts/kafka'
import { recordingLog, type BrokerHarness, type DeadLetter, type QueueOf } from 'microapi-ts/testing'
import { describeKafka } from '../../brokers/kafka.ts'
import { brokerConformance } from '../../testing/broker-cases.ts'
import { proxyOf } from './proxy.ts'
import { readAll } from './read-all.ts'

describeKafka('Kafka', (cluster) => {
  const harness: BrokerHarness = {
    name: 'Kafka',
    async start() {
      const prefix = `cases-${randomBytes(6).toString('hex')}`
      const eventPrefix = `${prefix}-events.`
      const proxy = await proxyOf(cluster.brokers)
      const bare = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING })
      const nameOf = ({ event, queue }: QueueOf): string => {
        const own = queue === undefined ? [] : [`${prefix}-${queue}`]
        return (event === undefined ? own : [`${eventPrefix}${event}`, ...own]).join('.')
      }
      return {
        transport: ({ queue, ...rest }) =>
          kafka({
            kafka: proxy.kafka,
            topic: nameOf({ queue }),
            groupId: nameOf({ queue }),
            eventPrefix,
            createTopics: { partitions: 2 },
            log: recordingLog(),
            ...rest,
          }),
        nameOf,
        deadLetters: async (of) => (await readAll(bare, `${nameOf(of)}.dead`)).map(letterOf),
        disconnect: async () => proxy.cut(),
        close: () => proxy.close(),
      }
    },
  }
  brokerConformance(harness)
})

function letterOf({ value, headers }: KafkaMessage): DeadLetter {
  const { service, method, payload, metadata } = JSON.parse(String(value)) as DeadLetter
  const header = (name: string): string => String(headers?.[name])
  return {
    service,
    method,
    payload,
    metadata,
    error: JSON.parse(header('microapi-error')) as DeadLetter['error'],
    attempts: Number(header('microapi-attempts')),
    queue: header('microapi-source'),
    failedAt: Number(header('microapi-failed-at')),
  }
}
