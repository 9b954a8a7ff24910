import { randomBytes, randomUUID } from 'node:crypto'
import { Partitioners } from 'kafkajs'
import { describe, expect, it, vi } from 'vitest'
import type { RpcError } from '../../../lib/core/errors.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { loadKafka } from '../../../lib/transports/kafka/connection/load.ts'
import { kafkaSettings } from '../../../lib/transports/kafka/options.ts'
import { partitionOf } from '../../../lib/transports/kafka/publisher/partition.ts'
import { ensureTopics } from '../../../lib/transports/kafka/topics.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import { ends, patient, publisherOn, remove, sent, valuesByKey } from './publisher-support.ts'
import { quietKafka, recordsOf } from './topic-records.ts'

describe('the partition of a key', () => {
  it('is the one where kafkajs, and so Java, puts it', () => {
    const theirs = Partitioners.DefaultPartitioner()
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [0],
      isr: [0],
    }))
    for (let length = 0; length < 200; length++) {
      const key = length % 2 ? randomBytes(length) : randomBytes(length).toString('latin1')
      const expected = theirs({ topic: 't', partitionMetadata, message: { key, value: '' } })
      expect(partitionOf(key, 12), `key of length ${length}`).toBe(expected)
    }
  })
})

describeKafka('a publisher', (kafka) => {
  it('confirms what it sends, each key in its order', { timeout: 60_000 }, async () => {
    const { publisher, topic } = await publisherOn(kafka.brokers, { partitions: 12 })
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`)
    const outcomes: Promise<RpcError | undefined>[] = []
    for (let value = 0; value < 100; value++) {
      for (const key of keys)
        outcomes.push(
          sent(publisher, { topic, key, value: String(value), headers: { a: 'ä', b: Buffer.from('b') } }),
        )
      // Some are sent while others are on their way.
      if (value % 10 === 0) await outcomes.at(-1)
    }
    expect(publisher.buffered).toBeGreaterThan(0)
    await publisher.flush()
    expect(publisher.buffered).toBe(0)
    expect(new Set(await Promise.all(outcomes))).toStrictEqual(new Set([undefined]))

    const records = await recordsOf(kafka.brokers, topic)
    expect(records).toHaveLength(2_000)
    for (const key of keys) {
      const ofKey = records.filter((record) => record.key === key)
      expect(ofKey.map(({ value }) => value)).toStrictEqual(Array.from({ length: 100 }, (_, i) => String(i)))
      expect(new Set(ofKey.map(({ partition }) => partition))).toStrictEqual(new Set([partitionOf(key, 12)]))
    }
    expect(records[0]!.headers).toStrictEqual({ a: Buffer.from('ä'), b: Buffer.from('b') })
  })

  it(
    'gives each its own fate: what is too large, or has nowhere to go, fails alone',
    { timeout: 60_000 },
    async () => {
      const { publisher, topic } = await publisherOn(kafka.brokers)
      const missing = `microapi-spec-${randomUUID()}`
      // All topics are known, and a batch is under way, so that the next one has all of them.
      expect(await sent(publisher, { topic, key: 'first', value: '' })).toBeUndefined()
      const outcomes: Promise<RpcError | undefined>[] = []
      const key = (i: number): string => `key ${i % 8}`
      for (let i = 0; i < 80; i++) {
        outcomes.push(sent(publisher, { topic, key: key(i), value: String(i) }))
        if (i === 37) {
          outcomes.push(
            sent(publisher, { topic, key: key(i), value: randomBytes(1_000_000).toString('latin1') }),
            sent(publisher, { topic: missing, key: key(i), value: '' }),
            sent(publisher, { topic, key: key(i), value: '', partition: 4 }),
          )
        }
      }
      const failures = (await Promise.all(outcomes)).filter((error) => error !== undefined)
      expect(failures.map(({ code }) => code)).toStrictEqual(['RESOURCE_EXHAUSTED', 'NOT_FOUND', 'NOT_FOUND'])
      expect(failures.map(({ message }) => message)).toStrictEqual([
        expect.stringContaining('raise max.message.bytes'),
        expect.stringContaining(`has no topic "${missing}": create it`),
        expect.stringContaining('there is no partition 4, it has 4'),
      ])
      expect(failures.every(neverRan)).toBe(true)

      const values = await valuesByKey(kafka.brokers, topic)
      for (let k = 0; k < 8; k++) {
        const own = Array.from({ length: 10 }, (_, i) => String(i * 8 + k))
        expect(values[`key ${k}`]).toStrictEqual(own)
      }
      const admin = quietKafka(kafka.brokers).admin()
      await admin.connect()
      ends.push(() => admin.disconnect())
      expect(await admin.listTopics()).not.toContain(missing)
    },
  )

  it('goes on with the other topics when one of them is deleted', { timeout: 60_000 }, async () => {
    const { publisher, topic } = await publisherOn(kafka.brokers)
    const settings = kafkaSettings({ url: `kafka://${kafka.brokers.join(',')}` })
    const doomed = `microapi-spec-${randomUUID()}`
    await ensureTopics(await loadKafka(settings), [{ topic: doomed, partitions: 1 }], settings)
    expect(await sent(publisher, { topic: doomed, key: null, value: 'a' })).toBeUndefined()
    await remove(kafka.brokers, doomed)

    let failure: RpcError | undefined
    await vi.waitFor(async () => {
      const [other, own] = await Promise.all([
        sent(publisher, { topic: doomed, key: null, value: 'b' }),
        sent(publisher, { topic, key: 'k', value: 'c' }),
      ])
      expect(own).toBeUndefined()
      failure = other
      expect(failure?.code).toBe('NOT_FOUND')
    }, patient)
  })

  it('packs messages, and says where there is no codec', { timeout: 60_000 }, async () => {
    const packed = await publisherOn(kafka.brokers, { compression: 'gzip', partitions: 1 })
    const value = 'x'.repeat(3_000_000)
    // More than a batch may have, were it not packed.
    expect(await sent(packed.publisher, { topic: packed.topic, key: null, value })).toBeUndefined()
    expect((await recordsOf(kafka.brokers, packed.topic))[0]!.value === value).toBe(true)

    const { publisher, topic } = await publisherOn(kafka.brokers, { compression: 'zstd' })
    const error = await sent(publisher, { topic, key: null, value })
    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION' })
    expect(error!.message).toMatch(/ZSTD compression not implemented.*register/)
  })

  it.each(['none', 'gzip'] as const)(
    'thousands for one partition arrive whole and in their order, compression %s',
    { timeout: 60_000 },
    async (compression) => {
      const { publisher, topic } = await publisherOn(kafka.brokers, { compression, partitions: 1 })
      const values = Array.from({ length: 5_000 }, (_, place) => `${place} ${'ü'.repeat(place % 300)}`)
      const outcomes = await Promise.all(
        values.map((value) => sent(publisher, { topic, key: 'one', value, headers: { place: value } })),
      )
      expect(new Set(outcomes)).toStrictEqual(new Set([undefined]))
      const records = await recordsOf(kafka.brokers, topic)
      expect(records.map(({ value }) => value)).toStrictEqual(values)
      expect(records.map(({ headers }) => String(headers!['place']))).toStrictEqual(values)
    },
  )

  it('takes nothing when it is closed', async () => {
    const { publisher, topic } = await publisherOn(kafka.brokers)
    const last = sent(publisher, { topic, key: null, value: 'last' })
    await publisher.close()
    expect(await last).toBeUndefined()
    const error = await sent(publisher, { topic, key: null, value: 'later' })
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(neverRan(error!)).toBe(true)
    expect(publisher.buffered).toBe(0)
  })
})
