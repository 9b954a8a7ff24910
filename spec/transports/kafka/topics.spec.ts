import { randomUUID } from 'node:crypto'
import { ConfigResourceTypes } from 'kafkajs'
import { afterEach, expect, it } from 'vitest'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { loadKafka } from '../../../lib/transports/kafka/connection/load.ts'
import { kafkaSettings, type KafkaOptions } from '../../../lib/transports/kafka/options.ts'
import { ensureTopics, findTopics } from '../../../lib/transports/kafka/topics.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import { quietKafka } from './topic-records.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

describeKafka('topics', (kafka) => {
  const withSettings = async (options: KafkaOptions = {}) => {
    const settings = kafkaSettings({ url: `kafka://${kafka.brokers.join(',')}`, ...options })
    return [await loadKafka(settings), settings] as const
  }
  /** A name that is free when the test is over. */
  const newName = (): string => {
    const topic = `microapi-spec-${randomUUID()}`
    ends.push(async () => {
      const admin = quietKafka(kafka.brokers).admin()
      await admin.connect()
      if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    })
    return topic
  }

  it('are made where they are missing, and kept where they are not', { timeout: 30_000 }, async () => {
    const [instance, settings] = await withSettings({ createTopics: { partitions: 5 } })
    const [one, other] = [newName(), newName()]
    const wanted = [{ topic: one, partitions: 2, config: { 'retention.ms': '60000' } }]
    expect(await ensureTopics(instance, wanted, settings)).toStrictEqual(new Map([[one, 2]]))
    const both = [{ topic: other }, { topic: one, partitions: 7 }]
    const expected = new Map([
      [one, 2],
      [other, 5],
    ])
    expect(await ensureTopics(instance, both, settings)).toEqual(expected)
    const leaders = await findTopics(instance, [one, newName()], settings)
    expect([...leaders.keys()]).toStrictEqual([one])
    expect(leaders.get(one)).toHaveLength(2)
    expect(leaders.get(one)!.every((leader) => leader >= 0)).toBe(true)

    const admin = quietKafka(kafka.brokers).admin()
    await admin.connect()
    ends.push(() => admin.disconnect())
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: one, configNames: ['retention.ms'] }],
    })
    expect(resources[0]!.configEntries[0]!.configValue).toBe('60000')
  })

  it('may be made by many at once', { timeout: 30_000 }, async () => {
    const [instance, settings] = await withSettings()
    const names = [newName(), newName(), newName()]
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        ensureTopics(
          instance,
          [names[i % 3]!, names[(i + 1) % 3]!].map((topic) => ({ topic, partitions: 3 })),
          settings,
        ),
      ),
    )
    for (const counts of made) expect([...counts.values()]).toStrictEqual([3, 3])
  })

  it('are said to be missing where none may be made', { timeout: 30_000 }, async () => {
    const [instance, settings] = await withSettings({ createTopics: false })
    const [one, other] = [newName(), newName()]
    const error = await ensureTopics(instance, [{ topic: one }, { topic: other }], settings).catch(
      (thrown: Error) => thrown,
    )
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      message: `${settings.address} has no topics "${one}", "${other}": create them, or let it be done with the option createTopics`,
    })
    expect(neverRan(error as never)).toBe(true)
    expect(await findTopics(instance, [one, other], settings)).toStrictEqual(new Map())
  })

  it('are not made where the cluster has too few brokers', { timeout: 30_000 }, async () => {
    const [instance, settings] = await withSettings({ createTopics: { replicationFactor: 99 } })
    const topic = newName()
    await expect(ensureTopics(instance, [{ topic }], settings)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('Set createTopics.replicationFactor to at most the number of brokers'),
    })
  })
})
