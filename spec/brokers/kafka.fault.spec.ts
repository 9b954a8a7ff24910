import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Kafka, KafkaJSError, logLevel, type Admin, type Message, type Producer } from 'kafkajs'
import { afterEach, expect, it, vi } from 'vitest'
import { startKafka } from './kafka-node.ts'
import { describeKafka, describeOwnKafka } from './kafka.ts'

const acksFromAll = -1

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A broker may be away for as long as a test waits. */
const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 100 }

function clientOf(brokers: readonly string[]): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry,
  })
}

function impatientClientOf(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
}

async function adminOf(brokers: readonly string[]): Promise<Admin> {
  const admin = clientOf(brokers).admin()
  await admin.connect()
  ends.push(() => admin.disconnect())
  return admin
}

async function producerOf(brokers: readonly string[]): Promise<Producer> {
  const producer = clientOf(brokers).producer()
  await producer.connect()
  ends.push(() => producer.disconnect())
  return producer
}

/** A topic that is gone behind the test, with what was created in it. */
async function newTopic(admin: Admin, { partitions = 1, replicas = 1 } = {}): Promise<string> {
  const topic = `microapi-spec-${randomUUID()}`
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: partitions, replicationFactor: replicas }],
  })
  ends.push(() => admin.deleteTopics({ topics: [topic] }))
  return topic
}

/** All that is in the topic and comes into it, as `partition:key=value`, by a group that is gone behind the test. */
async function readAll(brokers: readonly string[], topic: string, admin: Admin): Promise<readonly string[]> {
  const groupId = `microapi-spec-${randomUUID()}`
  // A consumer takes its retries from here alone, and one that has used them up joins as another member, beside itself.
  const consumer = clientOf(brokers).consumer({ groupId, maxWaitTimeInMs: 100, retry })
  const seen: string[] = []
  await consumer.connect()
  ends.push(() => admin.deleteGroups([groupId]))
  ends.push(() => consumer.disconnect())
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message: { key, value } }) => {
      seen.push(`${partition}:${String(key)}=${String(value)}`)
    },
  })
  return seen
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'microapi-spec-'))
  ends.push(async () => rmSync(folder, { recursive: true }))
  return folder
}

function kafkasIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('microapi-kafka-'))
}

function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
}

const patient = { timeout: 60_000, interval: 50 }

describeKafka('Kafka', (kafka) => {
  it('gives what was sent, each key in its order', { timeout: 70_000 }, async () => {
    const admin = await adminOf(kafka.brokers)
    const topic = await newTopic(admin, { partitions: 3 })
    const producer = await producerOf(kafka.brokers)
    const seen = await readAll(kafka.brokers, topic, admin)
    const keys = ['a', 'b', 'c', 'd', 'e']
    for (let value = 0; value < 20; value++) {
      const messages = keys.map((key): Message => ({ key, value: String(value) }))
      await producer.send({ topic, acks: acksFromAll, messages })
    }
    await vi.waitFor(() => expect(seen).toHaveLength(100), patient)
    for (const key of keys) {
      const ofKey = seen.filter((one) => one.includes(`:${key}=`))
      const partition = ofKey[0]!.split(':')[0]
      expect(ofKey).toStrictEqual(Array.from({ length: 20 }, (_, value) => `${partition}:${key}=${value}`))
    }
    expect(new Set(seen.map((one) => one.split(':')[0])).size).toBeGreaterThan(1)
  })
})

describeOwnKafka('a Kafka of one broker', {}, (kafka) => {
  it('has no topic but those that were created', async () => {
    const admin = impatientClientOf(kafka().brokers).admin()
    await admin.connect()
    ends.push(() => admin.disconnect())
    await expect(admin.fetchTopicMetadata({ topics: ['nobodys'] })).rejects.toThrow(
      'does not host this topic',
    )
    expect(await admin.listTopics()).not.toContain('nobodys')
  })

  it(
    'ends when the process that started it is killed, and leaves nothing behind',
    { timeout: 100_000 },
    async () => {
      const temporary = newFolder()
      const script = `
      import { startKafka } from './spec/brokers/kafka-node.ts'
      console.log((await startKafka()).brokers[0])
      setInterval(() => {}, 1_000)`
      const parent = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TMPDIR: temporary },
      })
      ends.push(async () => void parent.kill('SIGKILL'))
      const [address] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      expect(await isListening(address)).toBe(true)
      expect(kafkasIn(temporary)).toHaveLength(1)

      parent.kill('SIGKILL')
      await vi.waitFor(async () => {
        expect(await isListening(address)).toBe(false)
        expect(kafkasIn(temporary)).toStrictEqual([])
      }, patient)
    },
  )

  it('has what it acknowledged when it is started again behind a kill', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const admin = await adminOf(brokers)
    const topic = await newTopic(admin)
    const producer = impatientClientOf(brokers).producer()
    await producer.connect()
    ends.push(() => producer.disconnect())
    const acknowledged: string[] = []
    const sending = (async () => {
      for (let i = 0; ; i++) {
        const message = { key: 'k', value: String(i) }
        await producer.send({ topic, acks: acksFromAll, messages: [message] })
        acknowledged.push(`0:k=${i}`)
      }
    })()
    const failure = sending.catch((error: unknown) => error)
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50), patient)
    await kill(0)
    expect(await failure).toBeInstanceOf(KafkaJSError)
    await start(0)

    const later = await producerOf(brokers)
    await later.send({ topic, acks: acksFromAll, messages: [{ key: 'k', value: 'later' }] })
    const seen = await readAll(brokers, topic, admin)
    await vi.waitFor(() => expect(seen.at(-1)).toBe('0:k=later'), patient)
    // What was on its way when it was killed may be there too.
    expect(seen.slice(0, acknowledged.length)).toStrictEqual(acknowledged)
  })
})

describeOwnKafka('a Kafka of three brokers', { brokers: 3, autoCreateTopics: true }, (kafka) => {
  it('has a topic when it is first asked for, if it was told so', { timeout: 70_000 }, async () => {
    const { brokers } = kafka()
    const topic = `microapi-spec-${randomUUID()}`
    const producer = await producerOf(brokers)
    await producer.send({ topic, acks: acksFromAll, messages: [{ value: 'first' }] })
    const { topics } = await (await adminOf(brokers)).fetchTopicMetadata({ topics: [topic] })
    expect(topics[0]!.partitions[0]!.replicas).toHaveLength(3)
  })

  it('goes on without one, and takes it back', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const admin = await adminOf(brokers)
    const topic = await newTopic(admin, { partitions: 3, replicas: 3 })
    const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions
    const producer = await producerOf(brokers)
    const sent: string[] = []
    const send = async (value: string): Promise<void> => {
      const messages = [0, 1, 2].map((partition) => ({ partition, key: 'k', value }))
      await producer.send({ topic, acks: acksFromAll, messages })
      sent.push(...messages.map(({ partition }) => `${partition}:k=${value}`))
    }
    const seen = await readAll(brokers, topic, admin)
    await send('before')
    await vi.waitFor(() => expect(seen).toHaveLength(3), patient)
    const lost = (await partitions()).find(({ partitionId }) => partitionId === 0)!.leader

    await kill(lost)
    for (let i = 0; i < 10; i++) await send(`without-${i}`)
    await vi.waitFor(() => expect([...new Set(seen)].toSorted()).toStrictEqual(sent.toSorted()), patient)
    for (const { leader, isr } of await partitions()) {
      expect(leader).not.toBe(lost)
      expect(isr).not.toContain(lost)
    }

    await start(lost)
    await vi.waitFor(async () => {
      for (const { isr } of await partitions()) expect(isr).toHaveLength(3)
    }, patient)
  })
})

it('a Kafka that does not come up says what it printed, and leaves nothing behind', async () => {
  const temporary = newFolder()
  for (const name of ['bash', 'rm']) symlinkSync(`/bin/${name}`, path.join(temporary, name))
  writeFileSync(path.join(temporary, 'java'), '#!/bin/bash\necho no memory today >&2\nexit 1\n', {
    mode: 0o755,
  })
  vi.stubEnv('PATH', temporary)
  vi.stubEnv('TMPDIR', temporary)
  ends.push(async () => vi.unstubAllEnvs())
  await expect(startKafka()).rejects.toThrow(/broker 0 .*no memory today/)
  expect(kafkasIn(temporary)).toStrictEqual([])
})
