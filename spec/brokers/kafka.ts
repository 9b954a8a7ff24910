/** Kafka for specs: what KAFKA_BROKERS names, else one broker that all spec files of one run share. */
import { afterAll, beforeAll } from 'vitest'
import { describeWhereThere, type Missing } from '../describe-where-there.ts'
import { askForBroker } from './broker.ts'
import {
  isKafkaOutOfReach,
  startKafka,
  whatKafkaLacks,
  type KafkaCluster,
  type KafkaOptions,
} from './kafka-node.ts'

/** Describes what needs Kafka. Where it is missing that is a skip with the reason; in CI a failure, unless it is out of reach. */
export function describeKafka(
  name: string,
  body: (kafka: { readonly brokers: readonly string[] }) => void,
): void {
  const kafka: { brokers: readonly string[] } = { brokers: [] }
  describeWhereThere(name, process.env['KAFKA_BROKERS'] ? undefined : missingKafka(), () => {
    beforeAll(async () => {
      kafka.brokers = (await askForBroker<{ readonly brokers: readonly string[] }>('MICROAPI_KAFKA')).brokers
    }, 100_000)
    body(kafka)
  })
}

/** Describes what needs a Kafka alone, since it is rough with it. */
export function describeOwnKafka(
  name: string,
  options: KafkaOptions,
  body: (kafka: () => KafkaCluster) => void,
): void {
  let cluster: KafkaCluster | undefined
  describeWhereThere(name, missingKafka(), () => {
    beforeAll(async () => {
      cluster = await startKafka(options)
    }, 100_000)
    afterAll(() => cluster?.stop())
    body(() => cluster!)
  })
}

function missingKafka(): Missing | undefined {
  const reason = whatKafkaLacks()
  return reason === undefined
    ? undefined
    : { reason: `${reason}, or set KAFKA_BROKERS`, outOfReach: isKafkaOutOfReach() }
}
