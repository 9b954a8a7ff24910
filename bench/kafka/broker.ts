import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { startKafka, whatKafkaLacks } from '../../spec/brokers/kafka-node.ts'
import { variables } from './place.ts'

const named = (): string | undefined => process.env['KAFKA_BROKERS'] || undefined

/** Why there is no Kafka for this suite, and what to do; undefined where there is one. */
export const whatIsMissing = (): string | undefined => (named() === undefined ? whatKafkaLacks() : undefined)

const tidyUp = async (brokers: string, places: readonly string[]): Promise<void> => {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const isOurs = (name: string): boolean =>
    places.some((place) => name === place || name.startsWith(`${place}.`) || name.startsWith(`${place}-`))
  const topics = (await admin.listTopics()).filter(isOurs)
  if (topics.length > 0) await admin.deleteTopics({ topics })
  const { groups } = await admin.listGroups()
  const ids = groups.map(({ groupId }) => groupId).filter(isOurs)
  // Whose members were ended a moment ago cannot be deleted yet; without offsets it is gone by itself.
  if (ids.length > 0) await admin.deleteGroups(ids).catch(() => {})
  await admin.disconnect()
}

/**
 * Runs beside a Kafka, where processes that start meanwhile open places: what KAFKA_BROKERS names, which is left as it was,
 * else a broker of its own, as the specs have it.
 */
export const withBroker = async <T>(run: () => Promise<T>): Promise<T> => {
  const brokers = named()
  const notes = mkdtempSync(join(tmpdir(), 'microapi-bench-'))
  const cluster = brokers === undefined ? await startKafka() : undefined
  process.env[variables.brokers] = brokers ?? cluster!.brokers.join(',')
  process.env[variables.notes] = notes
  console.log(
    cluster ? `Kafka ${cluster.version}, a broker of its own` : 'the Kafka that KAFKA_BROKERS names',
  )
  try {
    return await run()
  } finally {
    if (brokers !== undefined) await tidyUp(brokers, readdirSync(notes))
    await cluster?.stop()
    rmSync(notes, { recursive: true })
  }
}
