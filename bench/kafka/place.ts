import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What processes that are measured find in their environment: the brokers' addresses, and the folder where places are noted. */
export const variables = { brokers: 'BENCH_KAFKA_BROKERS', notes: 'BENCH_KAFKA_NOTES' } as const

/** How many partitions every topic has. */
export const PARTITIONS = 12

/** Where a server and its clients meet. */
export interface Place {
  /** `host:port` of each. */
  readonly brokers: string[]
  /** Takes requests; all other topics are called after it. */
  readonly topic: string
  /** Takes answers. */
  readonly replyTopic: string
  /** What the topics of events begin with. */
  readonly eventPrefix: string
}

/** The topic of the one event, as our service `events` names it. */
export const eventTopicOf = ({ eventPrefix }: Place): string => `${eventPrefix}events.passed`

const read = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: bench/kafka/broker.ts does it`)
  return value
}

const placeOf = (brokers: string[], topic: string): Place => ({
  brokers,
  topic,
  replyTopic: `${topic}.replies`,
  eventPrefix: `${topic}.`,
})

/** A place for the server of this process alone, noted for who tidies up. */
export const openPlace = (peer: string): Place => {
  const topic = `bench-${peer}-${process.pid}`
  writeFileSync(join(read(variables.notes), topic), '')
  return placeOf(read(variables.brokers).split(','), topic)
}

/** What a server tells its clients in place of an address. */
export const urlOf = ({ brokers, topic }: Place): string => `kafka://${brokers.join(',')}?topic=${topic}`

/** The place that a server told. */
export const placeAt = (told: string): Place => {
  const [brokers = '', topic = ''] = told.slice('kafka://'.length).split('?topic=')
  return placeOf(brokers.split(','), topic)
}
