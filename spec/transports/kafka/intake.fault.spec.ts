import { expect, it } from 'vitest'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { adminOf, committed, newLog, newTopic, openAt, producerOf, until, write } from './intake-support.ts'

const upTo = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

describeOwnKafka('an intake whose group has little patience', {}, (kafka) => {
  it('has a record in hand for longer than its session', { timeout: 60_000 }, async () => {
    const { brokers } = kafka()
    const admin = await adminOf(brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(brokers)
    const { records } = await openAt(brokers, topic, { sessionTimeoutMs: 2_500, prefetch: 2 })
    await write(producer, topic, upTo(4))
    await until(() => expect(records).toHaveLength(2))
    const begin = Date.now()
    await until(() => expect(Date.now() - begin).toBeGreaterThan(6_000))
    expect(records).toHaveLength(2)
    expect(records[0]!.claim.lost.aborted).toBe(false)
    for (let i = 0; i < 4; i++) {
      await until(() => expect(records.length).toBeGreaterThan(i))
      records[i]!.done()
    }
    await until(async () => expect(await committed(admin, topic)).toStrictEqual([4]))
  })

  it(
    'that stood still for too long has lost what it had, says so and is back',
    { timeout: 60_000 },
    async () => {
      const { brokers } = kafka()
      const admin = await adminOf(brokers)
      const topic = await newTopic(admin)
      const producer = await producerOf(brokers)
      const log = newLog()
      const told: string[] = []
      const { records, values } = await openAt(brokers, topic, {
        sessionTimeoutMs: 1_500,
        log,
        onLost: () => told.push('lost'),
        onBack: () => told.push('back'),
      })
      await write(producer, topic, ['in hand'])
      await until(() => expect(records).toHaveLength(1))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000)
      await until(() => expect(values()).toStrictEqual(['in hand', 'in hand']))
      await until(() => expect(told).toStrictEqual(['lost', 'back']))
      expect(records[0]!.claim.lost.aborted).toBe(true)
      expect(String(records[0]!.claim.lost.reason)).toContain(`partition 0 of ${topic}`)
      expect(log.lines).toContain('warn: kafka: out of touch with the group')
      records[0]!.done()
      expect(await committed(admin, topic)).toStrictEqual([0])
      records[1]!.done()
      await until(async () => expect(await committed(admin, topic)).toStrictEqual([1]))
    },
  )

  it('goes on when its broker was killed and is back', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const admin = await adminOf(brokers)
    const [short, long, third] = [await newTopic(admin), await newTopic(admin), await newTopic(admin)]
    const producer = await producerOf(brokers)
    const told: string[] = []
    const tell = (name: string) => ({
      onLost: () => told.push(`${name} lost`),
      onBack: () => told.push(`${name} back`),
    })
    const intakes = [
      await openAt(brokers, short, { sessionTimeoutMs: 2_500, ...tell('short') }),
      await openAt(brokers, long, { sessionTimeoutMs: 30_000, ...tell('long') }),
    ]
    const leaving = await openAt(brokers, third, { sessionTimeoutMs: 30_000 })
    for (const topic of [short, long]) await write(producer, topic, ['before'])
    for (const { values } of intakes) await until(() => expect(values()).toStrictEqual(['before']))

    await kill(0)
    const killed = Date.now()
    await leaving.stop(0)
    // kafkajs would wait for ever, now and then.
    expect(Date.now() - killed).toBeLessThan(15_000)
    await until(() => expect(told).toEqual(expect.arrayContaining(['long lost', 'short lost'])))
    // Its session is over; the other one's is not.
    await until(() => expect(intakes[0]!.records[0]!.claim.lost.aborted).toBe(true))
    await start(0)
    const returned = Date.now()
    const later = await producerOf(brokers)
    for (const topic of [short, long]) await write(later, topic, ['behind'])
    await until(() => expect(intakes[0]!.values()).toStrictEqual(['before', 'before', 'behind']))
    await until(() => expect(intakes[1]!.values().at(-1)).toBe('behind'))
    // The group has not waited for the member that was there before the kill.
    expect(Date.now() - returned).toBeLessThan(20_000)
    await until(() => expect(told).toEqual(expect.arrayContaining(['long back', 'short back'])))
    for (const { records } of intakes) for (const record of records) record.done()
    const again = await adminOf(brokers)
    for (const topic of [short, long])
      await until(async () => expect(await committed(again, topic)).toStrictEqual([2]))
  })
})
