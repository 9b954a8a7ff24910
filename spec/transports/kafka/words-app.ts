/** An app over Kafka of all kinds of methods, and clients of it; all of it is closed behind the test. */
import { randomBytes } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, rpc, RpcError, serve, type ClientOptions } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { onTestFinished } from 'vitest'
import { quietKafka } from './topic-records.ts'

const Text = Type.Object({ text: Type.String() })
const Item = Type.Object({ value: Type.Integer() })

/** What the specs call. */
const contract = {
  words: defineService({
    echo: rpc.unary(Text, Text),
    fail: rpc.unary(Text, Text),
    long: rpc.unary(Item, Text),
    count: rpc.serverStream(Item, Item),
    sum: rpc.clientStream(Item, Item),
    double: rpc.bidiStream(Item, Item),
    heard: rpc.event(Text),
  }),
}

/** Topics and a group that no other spec uses, at these brokers; the topics are gone behind the test. */
export function freshOptions(brokers: readonly string[]) {
  const topic = `words-${randomBytes(6).toString('hex')}`
  onTestFinished(() => removeTopics(brokers, topic))
  return {
    url: `kafka://${brokers.join(',')}`,
    topic,
    groupId: topic,
    replyTopic: `${topic}-replies`,
    eventPrefix: `${topic}-events.`,
    // In one partition nothing comes past what is not done.
    createTopics: { partitions: 1 },
  }
}

/** Deletes the topics whose names begin so. */
export async function removeTopics(brokers: readonly string[], start: string): Promise<void> {
  const admin = quietKafka(brokers).admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(start))
  if (topics.length > 0) await admin.deleteTopics({ topics })
  await admin.disconnect()
}

/** Serves the contract. `seen` are the texts that handlers were given, and what streams had come to. */
export async function startWords(options: KafkaOptions) {
  const seen: string[] = []
  const log = recordingLog()
  const app = createApp({
    log,
    services: {
      words: rpc.implement(contract.words, {
        echo({ text }) {
          seen.push(text)
          return { text }
        },
        fail({ text }) {
          throw new RpcError('NOT_FOUND', text)
        },
        long: ({ value }) => ({ text: 'x'.repeat(value) }),
        async *count({ value: to }) {
          try {
            for (let value = 0; value < to; value++) yield { value }
          } finally {
            seen.push('count ended')
          }
        },
        async sum(items) {
          let value = 0
          for await (const item of items) value += item.value
          return { value }
        },
        async *double(items) {
          for await (const { value } of items) yield { value: 2 * value }
        },
        heard({ text }) {
          if (text === 'loud') throw new RpcError('INVALID_ARGUMENT', 'x'.repeat(1_100_000))
          seen.push(text)
        },
      }),
    },
  })
  const server = await serve(app, kafka({ ...options, log }), { signals: false, graceMs: 1_000 })
  onTestFinished(() => server.close())
  return { server, seen, log }
}

/** A client of it. */
export function wordsClient(options: KafkaOptions, more?: ClientOptions) {
  const client = createClient(contract, kafka({ log: recordingLog(), ...options }), { retry: false, ...more })
  onTestFinished(() => client.close())
  return client
}

/** A request as the Python package writes it. */
export function pythonRequest(
  method: string,
  payload: unknown,
  id = randomBytes(16).toString('hex'),
): Record<string, unknown> {
  return {
    type: 'request',
    service: 'words',
    method,
    id,
    payload,
    metadata: {},
    error: null,
    status_code: 0,
  }
}
