import { PartitionAssigners } from 'kafkajs'
import { expect, it } from 'vitest'
import type { IntakeRecord } from '../../../lib/transports/kafka/intake/claim.ts'
import type { Intake } from '../../../lib/transports/kafka/intake/intake.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import {
  adminOf,
  atEnd,
  committed,
  kafkaOf,
  newTopic,
  openAt,
  producerOf,
  until,
  write,
} from './intake-support.ts'

/** A member that finishes what it has after some ms, as long as it is its own, and notes it. */
function createWorker(finished: readonly Set<number>[]) {
  const faults: string[] = []
  const last = new Map<AbortSignal, number>()
  const onRecord = (record: IntakeRecord): void => {
    const { partition, lost } = record.claim
    const offset = Number(record.offset)
    if (lost.aborted) faults.push(`${partition}: ${offset} came when it was lost`)
    const before = last.get(lost)
    if (before !== undefined && offset !== before + 1)
      faults.push(`${partition}: ${offset} came behind ${before}`)
    last.set(lost, offset)
    setTimeout(() => {
      if (!lost.aborted) finished[partition]!.add(offset)
      // It is known to be lost, and is told all the same.
      record.done()
    }, Math.random() * 20)
  }
  return { faults, onRecord }
}

describeKafka('a group of intakes', (kafka) => {
  it('loses nothing while members come and go', { timeout: 100_000 }, async () => {
    const partitions = 6
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, partitions)
    const producer = await producerOf(kafka.brokers)
    const finished = Array.from({ length: partitions }, () => new Set<number>())
    const { faults, onRecord } = createWorker(finished)
    const open = () => openAt(kafka.brokers, topic, { onRecord, heartbeatMs: 100, prefetch: 10 })

    const written = Array.from({ length: partitions }, () => 0)
    const over = new AbortController()
    const writing = (async () => {
      for (let i = 0; !over.signal.aborted; i++) {
        const partition = i % partitions
        await write(producer, topic, [1, 2, 3, 4, 5], partition)
        written[partition]! += 5
      }
    })()
    let highest: readonly number[] = written.map(() => -1)
    const watching = (async () => {
      while (!over.signal.aborted) {
        const now = await committed(admin, topic)
        for (const [partition, offset] of now.entries()) {
          if (offset < highest[partition]!)
            faults.push(`${partition}: fell from ${highest[partition]} to ${offset}`)
          for (let i = Math.max(0, highest[partition]!); i < offset; i++)
            if (!finished[partition]!.has(i))
              faults.push(`${partition}: ${offset} is committed, ${i} is not finished`)
        }
        highest = now
      }
    })()
    atEnd(async () => {
      over.abort()
      await Promise.all([writing, watching])
    })

    const members: Intake[] = [await open()]
    for (let round = 0; round < 20; round++) {
      const comes = members.length === 1 || (members.length < 4 && Math.random() < 0.5)
      if (comes) members.push(await open())
      // Now and then with records in hand, which are not finished then.
      else
        await members
          .splice(Math.floor(Math.random() * members.length), 1)[0]!
          .stop(round % 2 === 0 ? 0 : 10_000)
    }
    over.abort()
    await Promise.all([writing, watching])
    await until(async () => expect(await committed(admin, topic)).toStrictEqual(written))
    expect(finished.map(({ size }) => size)).toStrictEqual(written)
    expect(Math.min(...written)).toBeGreaterThan(0)
    expect(faults).toStrictEqual([])
  })

  it('moves as few partitions as it can: who keeps one goes on with what is in hand', async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 4)
    const producer = await producerOf(kafka.brokers)
    const first = await openAt(kafka.brokers, topic)
    for (const partition of [0, 1, 2, 3]) await write(producer, topic, ['in hand', 'done'], partition)
    await until(() => expect(first.records).toHaveLength(8))
    const inHand = first.records.filter(({ offset }) => offset === '0')
    for (const record of first.records) if (record.offset === '1') record.done()

    const second = await openAt(kafka.brokers, topic)
    await until(() => expect(second.records).toHaveLength(4))
    const moved = new Set(second.records.map(({ claim }) => claim.partition))
    expect(moved.size).toBe(2)
    for (const { claim } of inHand) expect(claim.lost.aborted).toBe(moved.has(claim.partition))

    for (const record of inHand) record.done()
    const kept = [0, 1, 2, 3].map((partition) => (moved.has(partition) ? 0 : 2))
    await until(async () => expect(await committed(admin, topic)).toStrictEqual(kept))
    await write(producer, topic, ['more'], kept.indexOf(2))
    await until(() => expect(first.values().at(-1)).toBe('more'))
    expect(first.records).toHaveLength(9)
    expect(await committed(admin, topic)).toStrictEqual(kept)

    // What it lost comes back from what the other has committed.
    for (const record of second.records) if (record.offset === '0') record.done()
    await until(async () =>
      expect(await committed(admin, topic)).toStrictEqual(kept.map((offset) => offset || 1)),
    )
    await second.stop(0)
    await until(() => expect(first.records).toHaveLength(11))
    for (const { claim, offset } of first.records.slice(9)) {
      expect(moved.has(claim.partition)).toBe(true)
      expect(offset).toBe('1')
      expect(claim.lost.aborted).toBe(false)
    }
  })

  it('members that read other topics of theirs get these alone', async () => {
    const admin = await adminOf(kafka.brokers)
    const [one, other] = [await newTopic(admin, 2), await newTopic(admin, 2)]
    const producer = await producerOf(kafka.brokers)
    const first = await openAt(kafka.brokers, one, { groupId: one, topics: [one] })
    const second = await openAt(kafka.brokers, one, { groupId: one, topics: [other] })
    for (const topic of [one, other])
      for (const partition of [0, 1]) await write(producer, topic, [topic], partition)
    await until(() =>
      expect([first.values(), second.values()]).toStrictEqual([
        [one, one],
        [other, other],
      ]),
    )
  })

  it('shares a group with clients that are not ours', { timeout: 30_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 4)
    const producer = await producerOf(kafka.brokers)
    // As Python's would: a strategy that all of them know, and nothing about what it had.
    const other = kafkaOf(kafka.brokers).consumer({
      groupId: topic,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
      retry: { retries: 100 },
      partitionAssigners: [(config) => ({ ...PartitionAssigners.roundRobin(config), name: 'roundrobin' })],
    })
    const seen: number[] = []
    await other.connect()
    atEnd(() => other.disconnect())
    await other.subscribe({ topic, fromBeginning: true })
    await other.run({ eachMessage: async ({ partition }) => void seen.push(partition) })
    const { records } = await openAt(kafka.brokers, topic)
    for (const partition of [0, 1, 2, 3]) await write(producer, topic, ['x'], partition)
    await until(() => expect(records.length + seen.length).toBe(4))
    expect(records).toHaveLength(2)
    expect([...records.map(({ claim }) => claim.partition), ...seen].toSorted((a, b) => a - b)).toStrictEqual(
      [0, 1, 2, 3],
    )
  })
})
