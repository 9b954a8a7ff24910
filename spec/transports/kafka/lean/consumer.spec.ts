import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  leanConsumer,
  type ConsumerParts,
} from '../../../../lib/transports/kafka/connection/lean/consumer.ts'
import type { Fetch } from '../../../../lib/transports/kafka/connection/lean/fetch-request.ts'
import { loaded, original } from './originals.ts'

interface Encoder {
  readonly buffer: Buffer
  writeInt16(value: number): this
  writeInt32(value: number): this
  writeInt64(value: unknown): this
  writeString(value: string | null): this
  writeBytes(value: Buffer | null): this
  writeEncoderArray(value: readonly Encoder[]): this
}

interface Partition {
  readonly partition: number
  readonly errorCode: number
  readonly preferredReadReplica: number
  readonly messages: readonly unknown[]
}
interface Response {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly Partition[] }[]
}

const Made = loaded('encoder') as new () => Encoder
const Encoder = Made as unknown as ConsumerParts['Encoder']
const plain = original('requests/fetch') as ConsumerParts['fetch']
const lean = original('requests/fetch') as ConsumerParts['fetch']
leanConsumer({ fetch: lean, Encoder })
leanConsumer({ fetch: lean, Encoder })

const { RecordBatch } = loaded('recordBatch/v0') as {
  RecordBatch(given: { records: readonly Encoder[]; lastOffsetDelta: number }): Promise<Encoder>
}
const Record = loaded('recordBatch/record/v0') as (given: { offsetDelta: number; value: string }) => Encoder

/** Of one record, and of three. */
const recordSets = await Promise.all(
  [1, 3].map(async (count) => {
    const records = Array.from({ length: count }, (_, place) => Record({ offsetDelta: place, value: 'some' }))
    return (await RecordBatch({ records, lastOffsetDelta: count - 1 })).buffer
  }),
)

const int = fc.integer()
const offset = fc.oneof(
  fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
  fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }).map(String),
)
const topicName = fc.string({ unit: 'grapheme', maxLength: 20 })

const request = fc.record(
  {
    replicaId: int,
    isolationLevel: fc.constantFrom(0, 1),
    sessionId: int,
    sessionEpoch: int,
    forgottenTopics: fc.array(fc.record({ topic: topicName, partitions: fc.array(int, { maxLength: 2 }) }), {
      maxLength: 1,
    }),
    maxWaitTime: int,
    minBytes: int,
    maxBytes: int,
    rackId: topicName,
    topics: fc.array(
      fc.record({
        topic: topicName,
        partitions: fc.array(
          fc.record(
            {
              partition: int,
              currentLeaderEpoch: int,
              fetchOffset: offset,
              logStartOffset: offset,
              maxBytes: int,
            },
            { requiredKeys: ['partition', 'fetchOffset', 'maxBytes'] },
          ),
          { maxLength: 4 },
        ),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['maxWaitTime', 'minBytes', 'maxBytes', 'topics'] },
) as fc.Arbitrary<Fetch>

describe('the lean consumer', () => {
  const make = (by: ConsumerParts['fetch'], asked: Fetch, version = 11) => by.protocol({ version })(asked)
  const asked: Fetch = { maxWaitTime: 1, minBytes: 1, maxBytes: 1, topics: [] }

  it('asks as kafkajs does', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (any) => {
        const [ours, theirs] = [make(lean, any), make(plain, any)]
        expect((await ours.request.encode()).buffer).toEqual((await theirs.request.encode()).buffer)
        expect(ours).toMatchObject({
          request: { apiKey: 1, apiName: 'Fetch', apiVersion: 11 },
          requestTimeout: (theirs as { requestTimeout?: unknown }).requestTimeout,
        })
      }),
      { numRuns: 300 },
    )
  })

  const partition = fc.record({
    partition: fc.nat(),
    error: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(1, 6, -1) },
    ),
    offsets: fc.tuple(offset, offset, offset),
    aborted: fc.array(fc.tuple(offset, offset), { maxLength: 2 }),
    replica: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat() }),
    set: fc.oneof(fc.constantFrom(null, Buffer.alloc(0)), fc.constantFrom(...recordSets)),
  })
  const response = fc.array(fc.record({ topic: topicName, all: fc.array(partition, { maxLength: 5 }) }), {
    maxLength: 4,
  })

  type Topic = typeof response extends fc.Arbitrary<(infer One)[]> ? One : never

  const written = (topics: readonly Topic[]): Buffer =>
    new Made()
      .writeInt32(0)
      .writeInt16(0)
      .writeInt32(77)
      .writeInt32(topics.length)
      .writeEncoderArray(
        topics.map(({ topic, all }) =>
          new Made()
            .writeString(topic)
            .writeInt32(all.length)
            .writeEncoderArray(
              all.map((one) => {
                const to = new Made().writeInt32(one.partition).writeInt16(one.error)
                for (const each of one.offsets) to.writeInt64(each)
                to.writeInt32(one.aborted.length)
                for (const each of one.aborted.flat()) to.writeInt64(each)
                return to.writeInt32(one.replica).writeBytes(one.set)
              }),
            ),
        ),
      ).buffer

  const read = async (by: ConsumerParts['fetch'], bytes: Buffer): Promise<Response | string> =>
    make(by, asked)
      .response.decode(Buffer.from(bytes))
      .then(
        (value) => JSON.parse(JSON.stringify(value)) as Response,
        (error: Error) => error.message,
      )
  const told = ({ errorCode, preferredReadReplica, messages }: Partition): boolean =>
    errorCode !== 0 || preferredReadReplica !== -1 || messages.length > 0
  const withoutSilent = (all: Response): Response => ({
    ...all,
    responses: all.responses.map((topic) => ({ ...topic, partitions: topic.partitions.filter(told) })),
  })

  it('reads what kafkajs reads, but for partitions of which there is nothing to say', async () => {
    await fc.assert(
      fc.asyncProperty(response, async (topics) => {
        const bytes = written(topics)
        const theirs = (await read(plain, bytes)) as Response
        expect(await read(lean, bytes)).toEqual(withoutSilent(theirs))
      }),
      { numRuns: 500 },
    )
  })

  it('makes of broken bytes what kafkajs makes of them', async () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), length: fc.nat({ max: 400 }) })
    await fc.assert(
      fc.asyncProperty(response, change, async (topics, { at, byte, length }) => {
        const whole = written(topics)
        whole[at % whole.length] = byte
        const bytes = whole.subarray(0, Math.max(0, whole.length - (at % 3 === 0 ? length : 0)))
        // A set of records may come to none.
        const compared = (one: Response | string) => (typeof one === 'string' ? one : withoutSilent(one))
        expect(compared(await read(lean, bytes))).toEqual(compared(await read(plain, bytes)))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves other versions of the request as they are', async () => {
    const bytes = async (by: ConsumerParts['fetch']) => (await make(by, asked, 10).request.encode()).buffer
    expect(await bytes(lean)).toEqual(await bytes(plain))
    expect(make(lean, asked, 10).response).toBe(make(plain, asked, 10).response)
  })
})
