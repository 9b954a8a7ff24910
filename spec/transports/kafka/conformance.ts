/** The conformance cases over Kafka: they take long, and two files share them. */
import { randomBytes } from 'node:crypto'
import { createApp, defineService, Empty, rpc } from 'microapi-ts'
import { kafka } from 'microapi-ts/kafka'
import { transportHarness, type Flavour, type Harness } from 'microapi-ts/testing'
import { beforeAll } from 'vitest'
import { describeKafka } from '../../brokers/kafka.ts'
import { conformance, mostlyWaiting } from '../conformance.ts'

/** Runs those with one sort of client. */
export function kafkaConformance(only: Flavour): void {
  describeKafka(`Kafka, clients from a ${only}`, (cluster) => {
    const url = () => `kafka://${cluster.brokers.join(',')}`
    // The first group that a broker has takes it seconds.
    beforeAll(async () => {
      const first = await inLanes(url).start(
        createApp({ services: { first: defineService({ call: rpc.unary(Empty, Empty, () => ({})) }) } }),
        {},
      )
      await first.close()
    }, 60_000)
    // Groups of events are not of the app alone.
    conformance(inLanes(url), { only, atOnce: mostlyWaiting, instead: { events: inLanes(url, fresh) } })
  })
}

const fresh = (): string => randomBytes(6).toString('hex')

/**
 * Topics cost a broker more than all else: cases that follow each other share them, since a fresh group reads from the end on.
 * Those that run at once have topics of their own.
 */
function inLanes(url: () => string, ofEvents = (): string => ''): Harness {
  const free: string[] = []
  const link = (topic: string) => () => {
    const group = `${topic}-${fresh()}`
    const options = {
      url: url(),
      topic,
      groupId: group,
      // What others stream through a topic of answers is read by all, to be dropped: 100 MB of it take their time.
      replyTopic: `${topic}-replies`,
      eventPrefix: `${topic}-events.${ofEvents()}`,
      createTopics: { partitions: 2 },
    }
    return { server: kafka(options), client: () => kafka(options) }
  }
  const over = (topic: string): Harness =>
    transportHarness('Kafka', link(topic), {
      'new calls are UNAVAILABLE while the server drains and after it has closed':
        'they wait in the topic for another server, until their deadlines',
    })
  return {
    ...over(''),
    async start(app, options) {
      const topic = free.pop() ?? `conformance-${fresh()}`
      const running = await over(topic).start(app, options)
      const close = async (): Promise<void> => {
        await running.close()
        free.push(topic)
      }
      return { ...running, close }
    },
  }
}
