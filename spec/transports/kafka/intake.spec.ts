import { expect, it } from 'vitest'
import type { IntakeRecord } from '../../../lib/transports/kafka/intake/claim.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import {
  adminOf,
  atEnd,
  committed,
  createTopic,
  kafkaOf,
  newLog,
  newTopic,
  openAt,
  producerOf,
  until,
  valueOf,
  write,
} from './intake-support.ts'

const upTo = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

describeKafka('an intake', (kafka) => {
  it('commits what is finished, and nothing behind what is not', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const { records, values } = await openAt(kafka.brokers, topic)
    await write(producer, topic, upTo(10))
    await until(() => expect(values()).toStrictEqual(upTo(10)))
    for (const record of records.toReversed()) if (record.offset !== '3') record.done()
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([3]))
    records[3]!.done()
    records[3]!.done()
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([10]))
  })

  it('what was in hand and not finished comes again to the next, and nothing else', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const first = await openAt(kafka.brokers, topic)
    await write(producer, topic, upTo(10))
    await until(() => expect(first.records).toHaveLength(10))
    for (const record of first.records) if (record.offset !== '7') record.done()
    expect(first.records[7]!.claim.lost.aborted).toBe(false)
    await first.stop(0)
    expect(first.records[7]!.claim.lost.aborted).toBe(true)
    first.records[7]!.done()

    const second = await openAt(kafka.brokers, topic)
    await until(() => expect(second.values()).toStrictEqual(['7', '8', '9']))
  })

  it('stops when nothing is in hand any more, and takes nothing meanwhile', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    const first = await openAt(kafka.brokers, topic, { prefetch: 2 })
    await write(producer, topic, upTo(4))
    await until(() => expect(first.records).toHaveLength(2))
    first.pause()
    await write(producer, topic, ['later'], 1)
    let isStopped = false
    const stopping = first.stop(60_000).then(() => (isStopped = true))
    first.records[0]!.done()
    // Committed while it waits for the other one: it is still a member.
    await until(async () => expect((await committed(admin, topic))[0]).toBe(1))
    expect(isStopped).toBe(false)
    first.records[1]!.done()
    await stopping
    expect(await committed(admin, topic)).toStrictEqual([2, 0])
    expect(first.values()).toStrictEqual(['0', '1'])

    const { values } = await openAt(kafka.brokers, topic)
    await until(() => expect([...values()].toSorted()).toStrictEqual(['2', '3', 'later']))
  })

  it('has no more of a partition in hand than it was told to, and others go on', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    await write(producer, topic, upTo(2_000), 0)
    const { records } = await openAt(kafka.brokers, topic, { prefetch: 5, maxBytes: 5_000 })
    const of = (partition: number) => records.filter(({ claim }) => claim.partition === partition)
    await until(() => expect(of(0)).toHaveLength(5))
    await write(producer, topic, upTo(3), 1)
    await until(() => expect(of(1)).toHaveLength(3))
    expect(of(0)).toHaveLength(5)

    for (let done = 0; done < 2_000; done++) {
      await until(() => expect(of(0).length).toBeGreaterThan(done))
      expect(of(0).length).toBeLessThanOrEqual(done + 5)
      of(0)[done]!.done()
    }
    expect(of(0).map(valueOf)).toStrictEqual(upTo(2_000))
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([2_000, 0]))
  })

  it('does not run ahead for ever of a record that is never finished, and says which it is', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const total = 14_000
    for (let i = 0; i < total; i += 1_000) await write(producer, topic, upTo(1_000))
    const log = newLog()
    const stuck: IntakeRecord[] = []
    let taken = 0
    await openAt(kafka.brokers, topic, {
      log,
      maxBytes: 10_000,
      onRecord(record) {
        taken++
        if (record.offset === '7') stuck.push(record)
        else record.done()
      },
    })
    await until(() => expect(log.lines.join()).toContain('its partition waits for it'))
    expect(taken).toBeGreaterThan(10_000)
    expect(taken).toBeLessThan(12_500)
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([7]))
    stuck[0]!.done()
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([total]))
    expect(taken).toBe(total)
  })

  it('"latest" is where the topic ended when the first was opened, however often they start anew', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    await write(producer, topic, ['old', 'older'])
    const first = await openAt(kafka.brokers, topic, { from: 'latest' })
    expect(await committed(admin, topic)).toStrictEqual([2, 0])
    await first.stop(0)
    await write(producer, topic, ['meanwhile'])
    const { values } = await openAt(kafka.brokers, topic, { from: 'latest' })
    await write(producer, topic, ['new'], 1)
    await until(() => expect(values().toSorted()).toStrictEqual(['meanwhile', 'new']))
    expect(first.values()).toStrictEqual([])
  })

  it('a time is where the first record of that time is', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    const time = Date.now() - 60_000
    const messages = [time - 1_000, time - 1, time, time + 1].map((at) => ({
      partition: 0,
      timestamp: String(at),
      value: String(at - time),
    }))
    await producer.send({ topic, messages })
    const { values } = await openAt(kafka.brokers, topic, { from: new Date(time) })
    expect(await committed(admin, topic)).toStrictEqual([2, 0])
    await until(() => expect(values()).toStrictEqual(['0', '1']))
  })

  it('goes beyond what is no record: the marks of transactions', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = kafkaOf(kafka.brokers).producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    atEnd(() => producer.disconnect())
    const { records, values } = await openAt(kafka.brokers, topic)
    for (const fate of ['commit', 'abort', 'commit'] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: fate }] })
      await transaction[fate]()
    }
    await until(() => expect(values()).toStrictEqual(['commit', 'commit']))
    for (const record of records) record.done()
    await until(async () => expect((await committed(admin, topic))[0]).toBe(6))
  })

  it('says so where a topic is missing', async () => {
    await expect(openAt(kafka.brokers, 'microapi-spec-missing')).rejects.toThrow(
      'does not host this topic-partition',
    )
    await expect(openAt(kafka.brokers, 'microapi-spec-missing', { from: 'latest' })).rejects.toThrow(
      'does not host this topic-partition',
    )
  })

  it('reads a topic that was made anew from its beginning', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const log = newLog()
    const { records, values } = await openAt(kafka.brokers, topic, { log })
    await write(producer, topic, upTo(5))
    await until(() => expect(values()).toStrictEqual(upTo(5)))
    for (const record of records) record.done()
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([5]))
    await admin.deleteTopics({ topics: [topic] })
    await createTopic(admin, topic)
    const later = await producerOf(kafka.brokers)
    await write(later, topic, ['anew'])
    await until(() => expect(values().at(-1)).toBe('anew'))
    records.at(-1)!.done()
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([1]))
    expect(records[0]!.claim.lost.aborted).toBe(true)
  })
})
