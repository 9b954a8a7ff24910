import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { staticNames, staticValues } from '../../../lib/http2/hpack/static-table.ts'
import { decode, encode, tableOf } from './blocks.ts'

const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
const octets = fc.string({ unit: octet, maxLength: 300 })
// Few of each, so that they come again.
const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('x-a', 'x-b', 'cookie', 'authorization', 'date', ':path', 'via') },
  { weight: 2, arbitrary: fc.constantFrom(...staticNames.slice(1)) },
  { weight: 1, arbitrary: octets },
)
const value = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('', '/', 'a', 'b', 'c', 'gzip, deflate', 'x'.repeat(130), 'z'.repeat(700)),
  },
  { weight: 2, arbitrary: fc.constantFrom(...staticValues) },
  { weight: 1, arbitrary: octets },
)
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat())
const size = fc.oneof(fc.constantFrom(0, 31, 40, 4_096, 65_536), fc.nat(1_000))
const sensitive = fc.option(
  fc.subarray(['cookie', 'authorization', 'x-a', ':path']).map((names) => new Set(names)),
  { nil: undefined },
)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ fields, index: fc.boolean(), sensitive }) },
  { weight: 1, arbitrary: fc.record({ size }) },
)

it('any blocks come out as they went in, and both tables stay the same', () => {
  fc.assert(
    fc.property(size, fc.array(step, { maxLength: 30 }), (limit, steps) => {
      const encoder = new HpackEncoder(limit)
      const decoder = new HpackDecoder(4_096)
      let tableBefore: string[] = []
      for (const one of steps) {
        if ('size' in one) {
          encoder.setPeerTableSize(one.size)
          decoder.setMaxTableSize(one.size)
          // The encoder updates the table whenever the decoder must be told.
          if (decoder.updateRequired) expect(encoder.updatePending).toBe(true)
          continue
        }
        const { updatePending } = encoder
        const before = { encoder: encoder.generation, decoder: decoder.generation }
        const block = encode(encoder, one.fields, one.index, one.sensitive)
        expect(encoder.updatePending).toBe(false)
        expect(decode(decoder, block)).toEqual(one.fields)

        const never = one.fields.filter((text, i) => i % 2 === 0 && one.sensitive?.has(text))
        expect(decoder.neverIndexed ?? []).toEqual(never)
        const { changed } = decoder
        expect(changed).toBe(decoder.generation !== before.decoder)
        if (!one.index) expect(encoder.generation).toBe(before.encoder)
        expect(changed).toBe(updatePending || encoder.generation !== before.encoder)

        // A block that changed nothing decodes to the same while the generation is the same.
        const table = tableOf(decoder)
        if (!changed) expect(table).toEqual(tableBefore)
        tableBefore = table
        expect(decoder.tableSize).toBe(encoder.tableSize)
        expect(encoder.tableSize).toBeLessThanOrEqual(limit)
        // No two entries are equal, and each is found.
        const again = encode(encoder, table, false)
        const entries = new Set<string>()
        for (let i = 0; i < table.length; i += 2) entries.add(JSON.stringify([table[i], table[i + 1]]))
        expect(entries.size).toBe(table.length / 2)
        if (table.length / 2 < 60) expect(again).toHaveLength(table.length / 2)
      }
    }),
    { numRuns: 300 },
  )
})

it('with one table changed and one not, what decodes at all decodes to the same', () => {
  // Blocks that refer to no dynamic entry may be cached for good.
  fc.assert(
    fc.property(fields, fields, (first, second) => {
      const block = encode(new HpackEncoder(), first, false)
      const encoder = new HpackEncoder()
      const decoder = new HpackDecoder(4_096)
      expect(decode(decoder, block)).toEqual(first)
      expect(decoder).toMatchObject({ usedDynamic: false, changed: false })
      decode(decoder, encode(encoder, second))
      expect(decode(decoder, block)).toEqual(first)
    }),
  )
})
