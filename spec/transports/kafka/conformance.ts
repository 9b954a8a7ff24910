/** The conformance cases over Kafka: they take long, and two files share them. */
import { randomBytes } from 'node:crypto'
import { kafka } from 'microapi-ts/kafka'
import { transportHarness, type Flavour } from 'microapi-ts/testing'
import { expect } from 'vitest'
import { describeKafka } from '../../brokers/kafka.ts'
import { conformance } from '../conformance.ts'

/** Runs those with one sort of client. */
export function kafkaConformance(only: Flavour): void {
  describeKafka(`Kafka, clients from a ${only}`, (cluster) => {
    const topic = `conformance-${randomBytes(6).toString('hex')}`
    // Topics cost a broker more than all else. A fresh group reads from the end on: cases share them but for those about
    // events, whose groups are not of the app alone.
    const link = () => {
      const fresh = `${topic}-${randomBytes(6).toString('hex')}`
      const isOfEvents = expect.getState().currentTestName?.includes('> events >') === true
      const options = {
        url: `kafka://${cluster.brokers.join(',')}`,
        topic,
        groupId: fresh,
        // What others stream through a topic of answers is read by all, to be dropped: 100 MB of it take their time.
        replyTopic: `${topic}-replies`,
        eventPrefix: isOfEvents ? `${fresh}-events.` : `${topic}-events.`,
        createTopics: { partitions: 2 },
      }
      return { server: kafka(options), client: () => kafka(options) }
    }
    conformance(
      transportHarness('Kafka', link, {
        'new calls are UNAVAILABLE while the server drains and after it has closed':
          'they wait in the topic for another server, until their deadlines',
      }),
      only,
    )
  })
}
