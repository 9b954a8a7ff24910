import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Consumer } from 'kafkajs'
import { expect, it } from 'vitest'
import { assignerOf } from '../../../lib/transports/kafka/reader/assigner.ts'
import type { KafkaLike } from '../../../lib/transports/kafka/connection/kafka-like.ts'
import { describeKafka, describeOwnKafka } from '../../brokers/kafka.ts'
import { adminOf, atEnd, kafkaOf, newTopic, producerOf, until, write } from './intake-support.ts'
import { allOf, inPartition, numbers, readerOf, these } from './partition-support.ts'

describeKafka('a reader of partitions', (kafka) => {
  it(
    'reads what it chose, each partition in its order, from where it ended',
    { timeout: 70_000 },
    async () => {
      const admin = await adminOf(kafka.brokers)
      const topic = await newTopic(admin, 3)
      const other = await newTopic(admin, 2)
      const unread = await newTopic(admin)
      const producer = await producerOf(kafka.brokers)
      for (const partition of [0, 1, 2]) await write(producer, topic, ['before'], partition)
      const reader = await readerOf(kafkaOf(kafka.brokers), admin, [
        these(topic, 2, 0),
        allOf(other),
        { topic: unread, choose: () => [] },
      ])
      expect(reader.partitions).toStrictEqual(
        new Map([
          [topic, [0, 2]],
          [other, [0, 1]],
        ]),
      )
      for (let i = 0; i < 50; i++)
        for (const partition of [0, 1, 2]) await write(producer, topic, [i], partition)
      await write(producer, other, ['end'], 1)
      await until(() => {
        expect(inPartition(reader, 0)).toStrictEqual(numbers(50))
        expect(inPartition(reader, 2)).toStrictEqual(numbers(50))
        expect(inPartition(reader, 1)).toStrictEqual(['end'])
      })
      expect(reader.told).toStrictEqual([])
    },
  )

  it('begins where partitions ended before it joined, and commits nothing', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    await write(producer, topic, ['before'])
    const reader = await readerOf(kafkaOf(kafka.brokers), admin, [allOf(topic)], {
      async offsets() {
        const offsets = await admin.fetchTopicOffsets(topic)
        await write(producer, topic, ['between'])
        return offsets
      },
    })
    await until(() => expect(reader.seen).toStrictEqual(['0:between']))
    const [committed] = await admin.fetchOffsets({ groupId: reader.groupId, topics: [topic] })
    expect(committed!.partitions.map(({ offset }) => offset)).toStrictEqual(['-1', '-1'])
  })

  it('misses nothing and reads nothing twice when its group rebalances', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(kafka.brokers)
    const reader = await readerOf(kafkaOf(kafka.brokers), admin, [allOf(topic)])
    let sent = 0
    const send = (): Promise<void> => write(producer, topic, [sent++], 1)
    for (let round = 0; round < 3; round++) {
      const intruder = kafkaOf(kafka.brokers).consumer({
        groupId: reader.groupId,
        maxWaitTimeInMs: 100,
        partitionAssigners: [assignerOf(new Map([[topic, [0]]]))],
      })
      const joined = joins(intruder)
      await intruder.connect()
      await intruder.subscribe({ topic })
      void intruder.run({ autoCommit: false, eachMessage: async () => {} })
      // The reader leads the group, and each member gets the reader's partitions.
      while (!joined()) await send()
      await send()
      await intruder.disconnect()
      await send()
    }
    await until(() => expect(inPartition(reader, 1)).toStrictEqual(numbers(sent)))
  })

  it('reads a topic that was made anew from its start', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const reader = await readerOf(kafkaOf(kafka.brokers), admin, [allOf(topic)])
    await write(producer, topic, numbers(20))
    await until(() => expect(reader.seen).toHaveLength(20))
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => expect(await admin.listTopics()).not.toContain(topic))
    await until(() => admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] }))
    await (await producerOf(kafka.brokers)).send({ topic, messages: [{ value: 'anew' }] })
    await until(() => expect(reader.seen.slice(20)).toStrictEqual(['0:anew']))
  })

  it('begins a hundred times at once', { timeout: 120_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, 12)
    const kafkas = Array.from({ length: 4 }, () => kafkaOf(kafka.brokers))
    const readers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => readerOf(kafkas[i % 4]!, admin, [these(topic, i % 12)])),
    )
    const producer = await producerOf(kafka.brokers)
    for (let partition = 0; partition < 12; partition++) await write(producer, topic, ['answer'], partition)
    await until(() => {
      for (const [i, { seen }] of readers.entries()) expect(seen).toStrictEqual([`${i % 12}:answer`])
    })
  })

  it('reads nothing once it is closed, and leaves its group', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const producer = await producerOf(kafka.brokers)
    const reader = await readerOf(kafkaOf(kafka.brokers), admin, [allOf(topic)])
    const witness = await readerOf(kafkaOf(kafka.brokers), admin, [allOf(topic)])
    await write(producer, topic, ['first'])
    await until(() => expect(reader.seen).toHaveLength(1))
    await reader.close()
    await write(producer, topic, ['second'])
    await until(() => expect(witness.seen).toHaveLength(2))
    await until(async () => {
      const { groups } = await admin.describeGroups([reader.groupId])
      expect(['Empty', 'Dead']).toContain(groups[0]!.state)
    })
    expect(reader.seen).toStrictEqual(['0:first'])
    expect(reader.told).toStrictEqual([])
  })

  it('closes though kafkajs hangs', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const inner = kafkaOf(kafka.brokers)
    const hanging: KafkaLike = {
      producer: (config) => inner.producer(config),
      admin: (config) => inner.admin(config),
      consumer(config) {
        const consumer = inner.consumer(config)
        atEnd(() => consumer.disconnect())
        return { ...consumer, disconnect: () => new Promise(() => {}) }
      },
    }
    await (await readerOf(hanging, admin, [allOf(topic)])).close()
  })

  it('lets its process end once it is closed', { timeout: 100_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin)
    const script = `
      import { Kafka, logLevel } from 'kafkajs'
      import { readPartitions } from './lib/transports/kafka/reader/reader.ts'
      const kafka = new Kafka({ brokers: ${JSON.stringify(kafka.brokers)}, logLevel: logLevel.NOTHING })
      const reader = await readPartitions(kafka, [{ topic: '${topic}', choose: () => [0] }], {
        address: 'brokers',
        groupId: '${topic}-child',
        offsets: async () => [{ partition: 0, offset: '0' }],
        onMessage() {},
        onLost() {},
        onBack() {},
        connectTimeoutMs: 60_000,
      })
      await reader.close()
      console.log('closed')`
    const child = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    atEnd(async () => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (data) => (output += String(data)))
    const [code] = await once(child, 'close')
    expect([code, output]).toStrictEqual([0, 'closed\n'])
  })
})

describeOwnKafka('a reader of partitions whose only broker is killed', {}, (kafka) => {
  it('tells so, and goes on from where it was', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const admin = await adminOf(brokers)
    const topic = await newTopic(admin, 2)
    const producer = await producerOf(brokers)
    const reader = await readerOf(kafkaOf(brokers), admin, [allOf(topic)])
    await write(producer, topic, numbers(10), 1)
    await until(() => expect(reader.seen).toHaveLength(10))
    await kill(0)
    await until(() => expect(reader.told).toStrictEqual(['lost UNAVAILABLE']))
    await start(0)
    await write(producer, topic, ['after'], 1)
    await until(() => {
      expect(inPartition(reader, 1)).toStrictEqual([...numbers(10), 'after'])
      expect(reader.told).toStrictEqual(['lost UNAVAILABLE', 'back'])
    })
  })
})

/** Whether the consumer has joined its group. */
function joins(consumer: Consumer): () => boolean {
  let joined = false
  consumer.on(consumer.events.GROUP_JOIN, () => void (joined = true))
  return () => joined
}
