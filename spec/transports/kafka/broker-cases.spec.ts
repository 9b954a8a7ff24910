import { randomBytes } from 'node:crypto'
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs'
import { kafka } from 'microapi-ts/kafka'
import { recordingLog, type BrokerHarness, type DeadLetter, type QueueOf } from 'microapi-ts/testing'
import { describeKafka } from '../../brokers/kafka.ts'
import { brokerConformance } from '../../testing/broker-cases.ts'
import { cuttable } from './cuttable.ts'
import { readAll } from './read-all.ts'

/** With `prefetch` there is one partition here: it is counted for each. sharing.spec.ts has how servers share. */
const owned = 'the messages of one partition are all for the server that has it'

/** What is not lost needs no second handling: brokers.fault.spec.ts has the cases for that. */
const stays = 'who comes back in time goes on with what it has in hand'

describeKafka('Kafka', (cluster) => {
  const replyTopic = `cases-${randomBytes(6).toString('hex')}-replies`
  const harness: BrokerHarness = {
    name: 'Kafka',
    cannot: {
      'servers of two queues share the events: none takes all of them': owned,
      'two servers of one queue share what is fanned out': owned,
      'servers of one queue share the requests': owned,
      'an event in hand when the connection is lost is handled again, while its first handler goes on': stays,
      'to come again that way is no attempt': stays,
      'calls under way fail UNAVAILABLE when the connection is lost, streams too, and the next ones succeed':
        stays,
      'a server that ends takes no more, and finishes what it has; the rest is for the others':
        'what lies behind a message in its partition waits until the server has finished that one',
    },
    async start() {
      const prefix = `cases-${randomBytes(6).toString('hex')}`
      const eventPrefix = `${prefix}-events.`
      const { kafka: fresh, cut } = cuttable(cluster.brokers)
      const bare = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING })
      const nameOf = ({ event, queue }: QueueOf): string => {
        const own = queue === undefined ? [] : [`${prefix}-${queue}`]
        return (event === undefined ? own : [`${eventPrefix}${event}`, ...own]).join('.')
      }
      return {
        transport: ({ queue, ...rest }) =>
          kafka({
            kafka: fresh(),
            topic: nameOf({ queue }),
            groupId: nameOf({ queue }),
            replyTopic,
            eventPrefix,
            createTopics: { partitions: rest.prefetch === undefined ? 3 : 1 },
            log: recordingLog(),
            ...rest,
          }),
        nameOf,
        queueWord: 'topic',
        deadLetters: async (of) => (await readAll(bare, `${nameOf(of)}.dead`)).map(letterOf),
        disconnect: async () => cut(),
        close: async () => {},
      }
    },
  }
  brokerConformance(harness, { atOnce: true })
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
