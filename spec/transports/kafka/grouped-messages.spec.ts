import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GroupedMessages } from '../../../lib/transports/kafka/publisher/grouped.ts'
import {
  letterOf,
  parcelOf,
  type Parcel,
  type ParcelMessage,
} from '../../../lib/transports/kafka/publisher/letter.ts'

type Lists = Readonly<Record<number, readonly ParcelMessage[]>>

/** What kafkajs does with the messages of a topic. */
const group = createRequire(import.meta.url)('kafkajs/src/producer/groupMessagesPerPartition') as (all: {
  readonly topic: string
  readonly partitionMetadata: readonly unknown[]
  readonly messages: readonly ParcelMessage[]
  readonly partitioner: (given: { readonly message: ParcelMessage }) => number
}) => Lists

const parcels = fc
  .uniqueArray(fc.record({ partition: fc.nat({ max: 30 }), count: fc.integer({ min: 1, max: 5 }) }), {
    selector: ({ partition }) => partition,
  })
  .map((all) => all.map(({ partition, count }) => parcel(partition, count)))

function parcel(partition: number, count: number): Parcel {
  const lane = { topic: 'some', partition, letters: [], parcels: [], underway: undefined }
  const letters = Array.from({ length: count }, (_, place) =>
    letterOf(
      { topic: 'some', key: null, value: `${partition} ${place}` },
      { deadline: 0, sent: undefined, place },
    ),
  )
  return parcelOf(lane, letters)
}

const flat = (all: readonly Parcel[]): ParcelMessage[] => all.flatMap(({ messages }) => messages)

describe('grouped messages', () => {
  it('come to the same lists in kafkajs, which asks once for each parcel', () => {
    fc.assert(
      fc.property(parcels, (all) => {
        let asked = 0
        const listsOf = (messages: readonly ParcelMessage[]): Lists =>
          group({
            topic: 'some',
            partitionMetadata: [{}],
            messages,
            partitioner({ message }) {
              asked++
              return message.partition!
            },
          })
        const lists = listsOf(new GroupedMessages(all))
        expect(asked, 'kafkajs groups in another way now').toBe(all.length)
        expect(lists).toEqual(listsOf(flat(all)))
      }),
    )
  })

  it('are an array to everyone else', () => {
    fc.assert(
      fc.property(parcels, (all) => {
        const grouped = new GroupedMessages(all)
        const plain = flat(all)
        const read = (messages: readonly ParcelMessage[]): unknown[] => [
          [...messages],
          messages.length,
          messages.map(({ value }) => String(value)),
          messages.slice(1),
          messages.find(({ value }) => String(value).endsWith('2')),
          messages.reduce((bytes, { value }) => bytes + value!.length, 0),
          messages.reduce((texts, { value }, index) => `${texts} ${index} ${String(value)}`, ''),
          messages.reduce((counts, { partition }) => {
            return counts.set(partition!, (counts.get(partition!) ?? 0) + 1)
          }, new Map<number, number>()),
          plain.length > 0 && messages.reduce((one, other) => (one.value! < other.value! ? other : one)),
        ]
        expect(read(grouped)).toEqual(read(plain))
        expect(grouped.map(({ value }) => value).constructor).toBe(Array)
      }),
    )
  })
})
