import { collect, equal } from '../assert.ts'
import type { ConformanceCase } from '../harness.ts'

const topic = 'dates, bigints and bytes'

const when = new Date('2024-01-02T03:04:05.678Z')
const big = 12_345_678_901_234_567_890n
const bytes = new Uint8Array([0, 1, 2, 254, 255])

const positions = {
  plain: { when, big, bytes },
  optional: when,
  list: [0n, -1n, big],
  objects: [{ when, big, bytes }],
  map: { a: bytes, b: new Uint8Array() },
  maps: { a: { when, big, bytes } },
  pair: [when, big] as [Date, bigint],
  either: { kind: 'blob' as const, at: bytes },
  both: { when, big },
}

const [date, decimal, base64] = ['2024-01-02T03:04:05.678Z', '12345678901234567890', 'AAEC/v8=']

const wirePositions = {
  plain: { when: date, big: decimal, bytes: base64 },
  optional: date,
  list: ['0', '-1', decimal],
  objects: [{ when: date, big: decimal, bytes: base64 }],
  map: { a: base64, b: '' },
  maps: { a: { when: date, big: decimal, bytes: base64 } },
  pair: [date, decimal],
  either: { kind: 'blob', at: base64 },
  both: { when: date, big: decimal },
}

/** What JSON lacks, in every place that a schema has. */
export const valueCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'survive in every position',
    clients: ['contract'],
    run: async ({ client }) => equal(await client.values.positions(positions), positions),
  },
  {
    topic,
    name: 'a bigint keeps every digit of 64 bits',
    clients: ['contract'],
    async run({ client }) {
      const ends = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n, -1n]
      for (const value of ends)
        equal(await client.values.int64({ value, values: ends }), { value, values: ends })
    },
  },
  {
    topic,
    name: 'survive in both branches of a union, and where an optional one is left out',
    clients: ['contract'],
    async run({ client }) {
      const { optional: _, ...rest } = positions
      const input = { ...rest, either: { kind: 'date' as const, at: when } }
      equal(await client.values.positions(input), input)
      equal(await client.values.being({ name: 'a', since: when }), { name: 'a', since: when })
      equal(await client.values.being({ serial: 1, made: when }), { serial: 1, made: when })
    },
  },
  {
    topic,
    name: 'are text for a client made from a type alone',
    clients: ['type'],
    run: async ({ client }) => equal(await client.values.positions(wirePositions as never), wirePositions),
  },
  {
    topic,
    name: 'survive in streams',
    clients: ['contract'],
    async run({ client }) {
      const items = [
        { when, big, bytes },
        { when: new Date(0), big: 0n, bytes: new Uint8Array() },
      ]
      equal(await collect(client.streams.special(items)), items)
    },
  },
  {
    topic,
    name: 'keep what they are worth at their ends',
    clients: ['contract'],
    async run({ client }) {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      const ends = [
        { when: new Date('0001-01-01T00:00:00.000Z'), big: -(2n ** 63n), bytes: all },
        { when: new Date('9999-12-31T23:59:59.999Z'), big: 2n ** 63n - 1n, bytes: all },
      ]
      equal(await collect(client.streams.special(ends)), ends)
    },
  },
]
