import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  leanProducer,
  type ProducerParts,
} from '../../../../lib/transports/kafka/connection/lean/producer.ts'
import type { Produce } from '../../../../lib/transports/kafka/connection/lean/produce-request.ts'
import { loaded, original } from './originals.ts'

const compression = loaded('message/compression') as ProducerParts['compression']
const Encoder = loaded('encoder') as ProducerParts['Encoder']
const Long = loaded('../utils/long') as { fromValue(value: string): unknown }

const plain = original('requests/produce') as ProducerParts['produce']
const lean = original('requests/produce') as ProducerParts['produce']
leanProducer({ produce: lean, Encoder, compression })
leanProducer({ produce: lean, Encoder, compression })

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('\ud800'))
const ascii = fc.nat({ max: 9_000 }).map((length) => 'x'.repeat(length))
const buffer = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const header = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 4, arbitrary: buffer },
  { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) },
)
const message = fc.record(
  {
    key: fc.option(fc.oneof(text, buffer)),
    value: fc.option(fc.oneof(text, buffer, ascii)),
    headers: fc.dictionary(text, header, { maxKeys: 3 }),
    timestamp: fc.oneof({ weight: 19, arbitrary: fc.constant(undefined) }, fc.constant('1700000000123')),
    partition: fc.nat(),
  },
  { requiredKeys: ['value'] },
)
const partitionData = fc.record(
  {
    partition: fc.nat({ max: 2 ** 31 - 1 }),
    firstSequence: fc.nat({ max: 2 ** 31 - 1 }),
    messages: fc.oneof(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      // Places of one byte and of two.
      fc.integer({ min: 60, max: 70 }).map((length) => Array.from({ length }, () => ({ value: 'some' }))),
    ),
  },
  { requiredKeys: ['partition', 'messages'] },
)
const id = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n })
const request = fc.record(
  {
    acks: fc.constantFrom(-1, 0, 1),
    timeout: fc.nat({ max: 2 ** 31 - 1 }),
    transactionalId: fc.option(text, { nil: undefined }),
    producerId: fc.oneof(
      id.map(String),
      id.map((one) => Long.fromValue(String(one))),
      fc.constant(-1),
    ),
    producerEpoch: fc.nat({ max: 2 ** 15 - 1 }),
    compression: fc.constantFrom(0, 1),
    topicData: fc.array(fc.record({ topic: text, partitions: fc.array(partitionData, { maxLength: 3 }) }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
) as fc.Arbitrary<Produce>
const version = fc.integer({ min: 3, max: 7 })

/** What it writes, or the message of its error. */
const written = async (
  by: ProducerParts['produce'],
  produce: Produce,
  which: number,
): Promise<Buffer | string> => {
  const made = by.protocol({ version: which })(produce)
  expect(made.request.apiVersion).toBe(which)
  return made.request.encode().then(
    ({ buffer: bytes }) => bytes,
    (error: Error) => error.message,
  )
}

const simple = (messages: readonly unknown[], more: Partial<Produce> = {}): Produce => ({
  acks: -1,
  timeout: 1_000,
  topicData: [{ topic: 'some', partitions: [{ partition: 0, messages: messages as [] }] }],
  ...more,
})

describe('the lean producer', () => {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_763_000_000_123 })
  })
  afterAll(() => {
    vi.useRealTimers()
  })

  it('writes what kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(request, version, async (produce, which) => {
        expect(await written(lean, produce, which)).toEqual(await written(plain, produce, which))
      }),
      { numRuns: 500 },
    )
  })

  it.each([2 ** 6, 2 ** 13, 2 ** 20])('lengths around %i, where numbers take a byte more', async (edge) => {
    for (let length = edge - 12; length <= edge + 1; length++) {
      const produce = simple([{ key: 'k', value: Buffer.alloc(length, 7) }])
      const bytes = (await written(plain, produce, 7)) as Buffer
      expect(bytes.equals((await written(lean, produce, 7)) as Buffer)).toBe(true)
    }
  })

  it('what kafkajs fails for, fails as it does', async () => {
    const wrong = [
      [{ value: 12 }],
      [{ value: 'some', headers: null }],
      [{ value: 'some', headers: { a: null } }],
      [{ value: 'some', headers: { a: undefined } }],
    ]
    for (const messages of wrong) {
      const produce = simple(messages)
      const failure = await written(plain, produce, 7)
      expect(failure).toBeTypeOf('string')
      expect(await written(lean, produce, 7)).toBe(failure)
    }
    for (const unknown of [2, 6]) {
      const produce = simple([{ value: 'some' }], { compression: unknown })
      expect(await written(lean, produce, 7)).toBe(await written(plain, produce, 7))
    }
  })

  it('a codec is given what kafkajs gives it', async () => {
    const given: object[] = []
    const codec = {
      async compress(records: InstanceType<typeof Encoder>) {
        const { size } = records as unknown as { size(): number }
        given.push(records.constructor, { size: size.call(records), bytes: Buffer.from(records.buffer) })
        return Buffer.from('packed')
      },
    }
    const spy = vi.spyOn(compression, 'lookupCodec').mockReturnValue(codec)
    try {
      const made = lean.protocol({ version: 7 })(simple([{ value: 'some' }], { compression: 4 }))
      const { buffer: bytes } = await made.request.encode()
      expect(bytes.includes('packed')).toBe(true)
      expect(spy).toHaveBeenCalledWith(4)
    } finally {
      spy.mockRestore()
    }
    const record = Buffer.from([20, 0, 0, 0, 1, 8, ...Buffer.from('some'), 0])
    expect(given).toEqual([Encoder, { size: record.length, bytes: record }])
  })

  it('leaves older versions of the request, and another kafkajs, as they are', async () => {
    const produce = simple([{ value: 'some' }])
    for (const which of [0, 2])
      expect(await written(lean, produce, which)).toEqual(await written(plain, produce, which))
    const other = { make: () => 1 }
    leanProducer({ produce: other as never, Encoder, compression })
    expect(Object.keys(other)).toEqual(['make'])
  })
})
