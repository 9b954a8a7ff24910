import type { Mechanism } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { kafkaSettings, type KafkaOptions } from '../../../lib/transports/kafka/options.ts'

describe('the settings of Kafka', () => {
  it('are those of docs/limits.md unless told otherwise', () => {
    expect(kafkaSettings({})).toMatchObject({
      address: 'kafka://127.0.0.1:9092',
      clientId: 'microapi-ts',
      tls: undefined,
      sasl: undefined,
      topic: 'microapi-requests',
      topicPer: undefined,
      groupId: 'microapi-server',
      replyTopic: 'microapi-replies',
      eventPrefix: 'microapi-events.',
      from: 'latest',
      prefetch: 100,
      compression: 'none',
      createTopics: { partitions: 12, replicationFactor: -1 },
      exactlyOnce: false,
      maxMessageBytes: 900_000,
      maxDepth: 64,
      maxBufferedBytes: 1_048_576,
      sessionTimeoutMs: 30_000,
      heartbeatMs: 3_000,
      connectTimeoutMs: 10_000,
      openTimeoutMs: 5_000,
      leaseMs: 10_000,
    })
  })

  it('name every broker, without the password', () => {
    const { brokers, address, sasl, tls } = kafkaSettings({ url: 'kafkas://me:p%40ss@a,b:2,localhost' })
    expect(brokers.hosts).toStrictEqual([
      { host: 'a', port: 9092 },
      { host: 'b', port: 2 },
      { host: 'localhost', port: 9092 },
    ])
    expect(address).toBe('kafkas://a:9092,b:2,localhost:9092')
    expect(sasl).toStrictEqual({ mechanism: 'plain', username: 'me', password: 'p@ss' })
    expect(tls).toStrictEqual({})
  })

  it('take the mechanism from one place, name and password from another', () => {
    const { sasl } = kafkaSettings({ url: 'kafka://me:secret@a', sasl: { mechanism: 'scram-sha-512' } })
    expect(sasl).toStrictEqual({ mechanism: 'scram-sha-512', username: 'me', password: 'secret' })
  })

  it("pass on kafkajs's own ways to say who we are", () => {
    const own: Mechanism = {
      mechanism: 'mine',
      authenticationProvider: () => ({ authenticate: async () => {} }),
    }
    expect(kafkaSettings({ sasl: own }).sasl).toStrictEqual(own)
    // kafkajs writes into it.
    expect(kafkaSettings({ sasl: own }).sasl).not.toBe(own)
    const bearer = { mechanism: 'oauthbearer' as const, oauthBearerProvider: async () => ({ value: 'x' }) }
    expect(kafkaSettings({ sasl: bearer }).sasl).toStrictEqual(bearer)
  })

  it('say how topics are made, or that none are', () => {
    expect(kafkaSettings({ createTopics: { partitions: 3 } }).createTopics).toStrictEqual({
      partitions: 3,
      replicationFactor: -1,
    })
    expect(kafkaSettings({ createTopics: false }).createTopics).toBe(false)
  })

  it('shorten the heartbeat with the session', () => {
    expect(kafkaSettings({ sessionTimeoutMs: 1_500 })).toMatchObject({ heartbeatMs: 500 })
  })

  it.each<[KafkaOptions, string]>([
    [{ url: 'amqp://a' }, '"amqp://" is no scheme of Kafka; use kafka:// or kafkas://'],
    [{ url: 'kafka://a/topic' }, 'the option url names brokers alone; there is no place for "/topic"'],
    [
      { url: 'kafka://a?topic=t' },
      'the option url takes an address alone; give topic as an option beside it',
    ],
    [{ url: 'kafka://[::1]:9092' }, 'url is "kafka://[::1]:9092"; use a host name for the IPv6 address'],
    [{ tls: {} }, 'tls is given with kafka://127.0.0.1:9092; use kafkas:// for TLS'],
    [{ sasl: { mechanism: 'plain' } }, 'sasl is "plain" without a name and a password; use sasl: {'],
    [{ topic: 'a/b' }, 'topic is "a/b"; use 1 to 249 letters, digits, dots, underscores and hyphens'],
    [{ replyTopic: '' }, 'replyTopic is ""; use'],
    [{ eventPrefix: 'x '.repeat(2) }, 'eventPrefix is "x x "; use'],
    [{ topicPer: 'app' as 'service' }, 'topicPer is "app"; use service or method'],
    [{ peer: 'ruby' as 'python' }, 'peer is "ruby"; use python'],
    [{ from: 'now' as 'latest' }, `from is "now"; use 'latest', 'earliest' or a Date`],
    [{ from: new Date(NaN) }, `from is Invalid Date; use 'latest', 'earliest' or a Date`],
    [{ prefetch: 0 }, 'prefetch is 0; use a whole number from 1 to 65535'],
    [{ compression: 'zip' as 'gzip' }, 'compression is "zip"; use none or gzip or snappy or lz4 or zstd'],
    [
      { createTopics: { partitions: 1.5 } },
      'createTopics.partitions is 1.5; use a whole number from 1 to 10000',
    ],
    [{ createTopics: { replicationFactor: 0 } }, 'createTopics.replicationFactor is 0; use'],
    [{ heartbeatMs: 10_001 }, 'heartbeatMs is 10001; use a whole number from 1 to 10000'],
    [{ connectTimeoutMs: -1 }, 'connectTimeoutMs is -1; use a whole number from 1 to 2147483647'],
  ])('%o is refused', (options, message) => {
    expect(() => kafkaSettings(options)).toThrow(TypeError)
    expect(() => kafkaSettings(options)).toThrow(`kafka: ${message}`)
  })

  it('are those of an instance that is given, which is connected its own way', () => {
    const kafka = {} as NonNullable<KafkaOptions['kafka']>
    expect(kafkaSettings({ kafka, topic: 't' })).toMatchObject({ kafka, topic: 't', address: 'Kafka' })
    for (const other of [{ url: 'kafka://a' }, { clientId: 'x' }])
      expect(() => kafkaSettings({ kafka, ...other })).toThrow('is given beside kafka; use one of them')
  })
})
