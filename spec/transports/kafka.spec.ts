import { randomBytes } from 'node:crypto'
import { kafka } from 'microapi-ts/kafka'
import { transportHarness } from 'microapi-ts/testing'
import { describeKafka } from '../brokers/kafka.ts'
import { conformance } from './conformance.ts'

describeKafka('Kafka', (cluster) => {
  // Every case has topics of its own.
  const link = () => {
    const topic = `conformance-${randomBytes(6).toString('hex')}`
    const options = {
      url: `kafka://${cluster.brokers.join(',')}`,
      topic,
      groupId: topic,
      eventPrefix: `${topic}-events.`,
      createTopics: { partitions: 2 },
    }
    return { server: kafka(options), client: () => kafka(options) }
  }
  conformance(
    transportHarness('Kafka', link, {
      'new calls are UNAVAILABLE while the server drains and after it has closed':
        'they wait in the topic for another server, until their deadlines',
    }),
  )
})
