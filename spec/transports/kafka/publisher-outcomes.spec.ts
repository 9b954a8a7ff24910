import type { Producer, ProducerBatch, ProducerConfig } from 'kafkajs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RpcError } from '../../../lib/core/errors.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import type { KafkaLike } from '../../../lib/transports/kafka/connection/kafka-like.ts'
import { kafkaSettings } from '../../../lib/transports/kafka/options.ts'
import { openPublisher } from '../../../lib/transports/kafka/publisher/publisher.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** One batch as a producer was given it: `topic/partition=value` of each. */
interface Sending {
  readonly producer: number
  readonly values: readonly string[]
  resolve(): void
  reject(type: string): void
}

/** Two brokers, 0 and 1, that lead the partitions of every topic by turns; what is sent ends as the test says. */
function fakeKafka() {
  const sendings: Sending[] = []
  const leaders = [0, 1, 0, 1]
  const partitions = () =>
    leaders.map((leader, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader,
      replicas: [],
      isr: [],
    }))
  let producers = 0
  /** Producers, as often as they were disconnected. */
  const gone: number[] = []
  const state = { isMissing: false, isDown: false }
  const producerOf = (config: ProducerConfig = {}) => {
    const producer = producers++
    const partitioner = config.createPartitioner!()
    const sendBatch = async ({ topicMessages = [] }: ProducerBatch): Promise<unknown> => {
      const values: string[] = []
      const partitionMetadata = partitions()
      for (const { topic, messages } of topicMessages) {
        for (const message of messages) {
          values.push(
            `${topic}/${partitioner({ topic, partitionMetadata, message })}=${String(message.value)}`,
          )
        }
      }
      return new Promise((resolve, reject) => {
        sendings.push({
          producer,
          values,
          resolve: () => resolve([]),
          reject: (type) => reject(Object.assign(new Error(`it is ${type}`), { type })),
        })
      })
    }
    return {
      connect: async () => {
        if (state.isDown) throw new Error('nobody is there')
      },
      disconnect: async () => void gone.push(producer),
      sendBatch,
    } as unknown as Producer
  }
  const admin = {
    connect: async () => {},
    disconnect: async () => {},
    fetchTopicMetadata: async ({ topics }: { topics: string[] }) => {
      if (state.isMissing) throw Object.assign(new Error('no'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' })
      return { topics: [{ name: topics[0], partitions: partitions() }] }
    },
  }
  const kafka = {
    producer: producerOf,
    admin: () => admin,
    consumer: () => undefined,
  } as unknown as KafkaLike
  return { kafka, sendings, gone, leaders, state }
}

async function open(kafka: KafkaLike, patienceMs = 30_000) {
  const publisher = await openPublisher(kafka, kafkaSettings({ kafka }), { patienceMs })
  ends.push(() => publisher.close())
  const outcomes: string[] = []
  const errors: RpcError[] = []
  const send = (partition: number, value: string): void =>
    publisher.send({ topic: 't', partition, key: null, value }, (error) => {
      outcomes.push(`${value}:${error?.code ?? 'sent'}`)
      if (error) errors.push(error)
    })
  return { publisher, outcomes, errors, send }
}

/** Waits for the next batches, and takes them out. */
async function next(sendings: Sending[], count = 1): Promise<Sending[]> {
  await vi.waitFor(() => expect(sendings.length).toBeGreaterThanOrEqual(count), {
    interval: 2,
    timeout: 5_000,
  })
  return sendings.splice(0)
}

describe('a batch', () => {
  it('has what came while the one before was under way, for one broker', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes, publisher } = await open(kafka)
    send(0, 'a')
    const [first] = await next(sendings)
    for (const [partition, value] of [
      [2, 'b'],
      [0, 'c'],
      [1, 'd'],
      [0, 'e'],
    ] as const)
      send(partition, value)
    const [ofOther] = await next(sendings)
    expect([first!.values, ofOther!.values]).toStrictEqual([['t/0=a'], ['t/1=d']])
    first!.resolve()
    const [second] = await next(sendings)
    expect(second!.values).toStrictEqual(['t/2=b', 't/0=c', 't/0=e'])
    expect(outcomes).toStrictEqual(['a:sent'])
    second!.resolve()
    ofOther!.resolve()
    await publisher.flush()
    expect(outcomes.toSorted()).toStrictEqual(['a:sent', 'b:sent', 'c:sent', 'd:sent', 'e:sent'])
  })

  it('goes again as it was, before what came later, by the same producer', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'a')
    send(0, 'b')
    const [first] = await next(sendings)
    send(0, 'c')
    first!.reject('REQUEST_TIMED_OUT')
    const [again] = await next(sendings)
    expect(again).toMatchObject({ producer: 0, values: ['t/0=a', 't/0=b'] })
    again!.resolve()
    const [later] = await next(sendings)
    expect(later!.values).toStrictEqual(['t/0=c'])
    later!.resolve()
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:sent', 'b:sent', 'c:sent']))
  })

  it('is taken apart where a part of it is refused: each partition as it was, then each message', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'x')
    const [first] = await next(sendings)
    for (const value of ['a', 'b', 'c', 'd']) send(0, value)
    send(2, 'e')
    first!.resolve()
    const [second] = await next(sendings)
    send(0, 'f')
    // Partition 2 may have been taken, and its producer must say the same of it again.
    second!.reject('MESSAGE_TOO_LARGE')
    const seen: string[][] = []
    for (;;) {
      const [sending] = await next(sendings)
      expect(sending!.producer).toBe(0)
      seen.push([...sending!.values])
      sending!.values.includes('t/0=c') ? sending!.reject('MESSAGE_TOO_LARGE') : sending!.resolve()
      if (sending!.values.includes('t/0=f')) break
    }
    expect(seen).toContainEqual(['t/2=e'])
    const ofFirst = seen.filter(([value]) => value!.startsWith('t/0'))
    expect(ofFirst).toStrictEqual([
      ['t/0=a', 't/0=b', 't/0=c', 't/0=d'],
      ['t/0=a', 't/0=b'],
      ['t/0=c', 't/0=d'],
      ['t/0=c'],
      ['t/0=d'],
      ['t/0=f'],
    ])
    await vi.waitFor(() => expect(outcomes).toHaveLength(7))
    expect(outcomes.filter((outcome) => !outcome.endsWith(':sent'))).toStrictEqual(['c:RESOURCE_EXHAUSTED'])
  })

  it('may be there where it went again and we may not send any more, and is not where it went once', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes, errors } = await open(kafka)
    send(0, 'a')
    const [first] = await next(sendings)
    first!.reject('REQUEST_TIMED_OUT')
    const [again] = await next(sendings)
    again!.reject('SASL_AUTHENTICATION_FAILED')
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:UNAVAILABLE']))
    expect(errors[0]!.message).toContain('it was sent before, and may be there')
    expect(neverRan(errors[0]!)).toBe(false)

    send(0, 'b')
    const [once] = await next(sendings)
    once!.reject('SASL_AUTHENTICATION_FAILED')
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:UNAVAILABLE', 'b:UNAUTHENTICATED']))
    expect(neverRan(errors[1]!)).toBe(true)
  })

  it('goes by a new producer where the broker does not know the old one any more', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'a')
    const [first] = await next(sendings)
    first!.reject('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const [again] = await next(sendings)
    expect(again).toMatchObject({ producer: 1, values: ['t/0=a'] })
    again!.resolve()
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:sent']))
  })

  it('that the broker has long had is sent', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'a')
    const [first] = await next(sendings)
    first!.reject('DUPLICATE_SEQUENCE_NUMBER')
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:sent']))
  })

  it('is divided by brokers again when a partition has moved', async () => {
    const { kafka, sendings, leaders } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'x')
    const [first] = await next(sendings)
    send(0, 'a')
    send(2, 'b')
    leaders[2] = 1
    first!.resolve()
    const both = await next(sendings, 2)
    expect(both.flatMap(({ values }) => values).toSorted()).toStrictEqual(['t/0=a', 't/2=b'])
    for (const sending of both) sending.resolve()
    await vi.waitFor(() => expect(outcomes).toHaveLength(3))
  })

  it('that hangs is given up, and its producer with it', async () => {
    const { kafka, sendings, gone } = fakeKafka()
    const { send, outcomes, errors } = await open(kafka, 300)
    send(0, 'a')
    const [hanging] = await next(sendings)
    await vi.waitFor(() => expect(outcomes).toStrictEqual(['a:UNAVAILABLE']), { timeout: 5_000 })
    // It may be there.
    expect(neverRan(errors[0]!)).toBe(false)
    send(0, 'b')
    const [later] = await next(sendings)
    expect(later).toMatchObject({ producer: 1, values: ['t/0=b'] })
    later!.resolve()
    await vi.waitFor(() => expect(outcomes).toHaveLength(2))
    await vi.waitFor(() => expect(gone).toStrictEqual([0]))
    // It may have connected again to end so.
    hanging!.reject('REQUEST_TIMED_OUT')
    await vi.waitFor(() => expect(gone).toStrictEqual([0, 0]))
    expect(outcomes).toStrictEqual(['a:UNAVAILABLE', 'b:sent'])
  })

  it('fails in its time where it fails again and again, and what waits behind it never ran', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes, errors } = await open(kafka, 500)
    send(0, 'a')
    const [first] = await next(sendings)
    send(0, 'b')
    first!.reject('NOT_ENOUGH_REPLICAS')
    while (outcomes.length < 2) {
      for (const sending of sendings.splice(0)) {
        expect(sending.values).toStrictEqual(['t/0=a'])
        sending.reject('NOT_ENOUGH_REPLICAS')
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(outcomes).toStrictEqual(['a:UNAVAILABLE', 'b:UNAVAILABLE'])
    expect(errors.map(neverRan)).toStrictEqual([false, true])
  })

  it('fails when its topic is gone', async () => {
    const { kafka, sendings, state } = fakeKafka()
    const { send, outcomes } = await open(kafka)
    send(0, 'a')
    const [first] = await next(sendings)
    send(2, 'b')
    state.isMissing = true
    first!.reject('UNKNOWN_TOPIC_OR_PARTITION')
    await vi.waitFor(() => expect(outcomes.toSorted()).toStrictEqual(['a:NOT_FOUND', 'b:NOT_FOUND']))
  })

  it('stays with us when the publisher is closed before it is confirmed', async () => {
    const { kafka, sendings } = fakeKafka()
    const { send, outcomes, publisher } = await open(kafka)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    ends.push(async () => vi.useRealTimers())
    send(0, 'a')
    while (sendings.length === 0) await new Promise((resolve) => setImmediate(resolve))
    send(0, 'b')
    const closing = publisher.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closing
    expect(outcomes).toStrictEqual(['a:UNAVAILABLE', 'b:UNAVAILABLE'])
    expect(publisher.buffered).toBe(0)
  })
})

it('a publisher that cannot connect is none', async () => {
  const { kafka, state } = fakeKafka()
  state.isDown = true
  await expect(openPublisher(kafka, kafkaSettings({ kafka }))).rejects.toThrow('nobody is there')
})
