/** Kafka for specs: the one of kafka-choice.ts, which all spec files of one run share, or one of their own. */
import type { KafkaOptions } from 'microapi-ts/kafka'
import { afterAll, beforeAll } from 'vitest'
import { describeWhereThere, type Missing } from '../describe-where-there.ts'
import { askForBroker } from './broker.ts'
import { kafkaChoice, whyNoRealKafka } from './kafka-choice.ts'
import { mockConnection, startMockKafka, whatMockLacks, type MockKafka } from './kafka-mock.ts'
import {
  isKafkaOutOfReach,
  startKafka,
  whatKafkaLacks,
  type KafkaCluster,
  type KafkaOptions as OwnKafkaOptions,
} from './kafka-node.ts'

/** How long it may take until there is a Kafka, in ms; Docker may have to fetch it first. */
const patienceMs = 300_000

/** Describes what needs a real Kafka. Where it is missing that is a skip with the reason; in CI a failure, unless it is out of reach. */
export function describeKafka(
  name: string,
  body: (kafka: { readonly brokers: readonly string[] }) => void,
): void {
  const kafka: { brokers: readonly string[] } = { brokers: [] }
  describeWhereThere(name, whyNoRealKafka(), () => {
    beforeAll(async () => {
      kafka.brokers = await sharedBrokers()
    }, patienceMs)
    body(kafka)
  })
}

/**
 * Describes what needs the protocol and no more, on a real Kafka and on librdkafka's mock cluster: one of the two is
 * nearly everywhere. The body is given how the transport connects, once its cases run.
 */
export function describeKafkaProtocol(
  name: string,
  body: (connection: () => Pick<KafkaOptions, 'url' | 'kafka'>) => void,
): void {
  describeKafka(name, (kafka) => body(() => ({ url: `kafka://${kafka.brokers.join(',')}` })))
  const lacking = whatMockLacks()
  const missing = lacking === undefined ? undefined : { reason: lacking }
  describeWhereThere(`${name}, on librdkafka's mock cluster`, missing, () => {
    let own: MockKafka | undefined
    let connection: Pick<KafkaOptions, 'kafka'> = {}
    beforeAll(async () => {
      const isShared = kafkaChoice().sort === 'mock'
      own = isShared ? undefined : await startMockKafka()
      connection = mockConnection(own?.brokers ?? (await sharedBrokers()))
    }, patienceMs)
    afterAll(() => own?.stop())
    body(() => connection)
  })
}

/** Describes what needs a Kafka alone, since it is rough with it: one of its own, from the jars. */
export function describeOwnKafka(
  name: string,
  options: OwnKafkaOptions,
  body: (kafka: () => KafkaCluster) => void,
): void {
  let cluster: KafkaCluster | undefined
  describeWhereThere(name, missingJars(), () => {
    beforeAll(async () => {
      cluster = await startKafka(options)
    }, 100_000)
    afterAll(() => cluster?.stop())
    body(() => cluster!)
  })
}

async function sharedBrokers(): Promise<readonly string[]> {
  return (await askForBroker<{ readonly brokers: readonly string[] }>('MICROAPI_KAFKA')).brokers
}

function missingJars(): Missing | undefined {
  const { sort, reasons, byHand } = kafkaChoice()
  // What is asked for by hand is to be tried as if there were nothing else.
  if (byHand && sort !== 'jars') return { reason: reasons.join('; '), outOfReach: true }
  const reason = whatKafkaLacks()
  return reason === undefined ? undefined : { reason, outOfReach: isKafkaOutOfReach() }
}
