/** Which Kafka the specs run on: the first of these that is there. */
import { startDockerKafka, whatDockerLacks } from './kafka-docker.ts'
import { mockLimits, startMockKafka, whatMockLacks } from './kafka-mock.ts'
import { isKafkaOutOfReach, startKafka, whatKafkaLacks } from './kafka-node.ts'

/** A Kafka that specs share. */
export interface SharedKafka {
  /** What it is, for people. */
  readonly name: string
  readonly brokers: readonly string[]
  /** Ends it, where it was started for the specs. */
  stop?(): Promise<void>
}

/** A sort of Kafka. */
export interface KafkaSort {
  /** What is missing for it, if it is. */
  lacks(): string | undefined
  start(): Promise<SharedKafka>
}

const sorts = {
  named: {
    lacks: () => (process.env['KAFKA_BROKERS'] ? undefined : 'KAFKA_BROKERS is not set'),
    async start() {
      const brokers = process.env['KAFKA_BROKERS']!.split(',').map((broker) => broker.trim())
      return { name: 'the Kafka that KAFKA_BROKERS names', brokers }
    },
  },
  jars: {
    lacks: whatKafkaLacks,
    async start() {
      const { brokers, version, stop } = await startKafka()
      return { name: `Kafka ${version}, a broker of its own`, brokers, stop }
    },
  },
  docker: {
    lacks: whatDockerLacks,
    start: async () => ({ name: 'the Kafka of compose.yaml in Docker', ...(await startDockerKafka()) }),
  },
  mock: {
    lacks: whatMockLacks,
    async start() {
      const { brokers, version, stop } = await startMockKafka()
      return { name: `librdkafka ${version}'s mock cluster`, brokers, stop }
    },
  },
} satisfies Readonly<Record<string, KafkaSort>>

/** Their names, in the order of choice. */
export type KafkaSortName = keyof typeof sorts

/** What was chosen. */
export interface KafkaChoice {
  /** Undefined where there is none at all. */
  readonly sort: KafkaSortName | undefined
  /** Why it is none of those before. */
  readonly reasons: readonly string[]
  /** MICROAPI_KAFKA_WITH asked for it, and for no other. */
  readonly byHand: boolean
}

/** Chooses among sorts in their order, or takes the one that was asked for by hand. Throws a TypeError where that is none. */
export function chooseKafka(
  among: Readonly<Record<KafkaSortName, Pick<KafkaSort, 'lacks'>>>,
  asked?: string,
): KafkaChoice {
  const names = Object.keys(among) as KafkaSortName[]
  const byHand = asked !== undefined && asked !== ''
  const candidates = byHand ? names.filter((name) => name === asked) : names
  if (candidates.length === 0)
    throw new TypeError(`MICROAPI_KAFKA_WITH is "${asked}"; use one of ${names.join(', ')}`)
  const reasons = byHand ? [`MICROAPI_KAFKA_WITH is ${asked}`] : []
  for (const sort of candidates) {
    const reason = among[sort].lacks()
    if (reason === undefined) return { sort, reasons, byHand }
    reasons.push(reason)
  }
  return { sort: undefined, reasons, byHand }
}

/** What these specs run on. It is found out once: the processes of a run have it from the one that starts them. */
export function kafkaChoice(): KafkaChoice {
  const text = (process.env['MICROAPI_KAFKA_CHOICE'] ??= JSON.stringify(
    chooseKafka(sorts, process.env['MICROAPI_KAFKA_WITH']),
  ))
  return JSON.parse(text) as KafkaChoice
}

/** Why there is no real Kafka, where there is none, and whether nothing that is installed could change that. */
export function whyNoRealKafka({ sort, reasons, byHand }: KafkaChoice = kafkaChoice()) {
  if (sort !== undefined && sort !== 'mock') return undefined
  const all = sort === 'mock' ? [...reasons, mockLimits] : reasons
  return { reason: all.join('; '), outOfReach: byHand || isKafkaOutOfReach() }
}

/** Starts what was chosen; its name says why it is none that would be better. */
export async function startChosenKafka(): Promise<SharedKafka> {
  const { sort, reasons } = kafkaChoice()
  if (sort === undefined) throw new Error(`there is no Kafka: ${reasons.join('; ')}`)
  const shared = await sorts[sort].start()
  const isSecondBest = sort === 'docker' || sort === 'mock'
  return isSecondBest ? { ...shared, name: `${shared.name} (${reasons.join('; ')})` } : shared
}
