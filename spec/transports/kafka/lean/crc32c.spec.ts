import fc from 'fast-check'
import { expect, it } from 'vitest'
import { crc32c } from '../../../../lib/transports/kafka/connection/lean/crc32c.ts'
import { loaded } from './originals.ts'

it.each([
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)), 0x46dd794e],
  ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, byte) => 31 - byte)), 0x113fdb5c],
  ['nothing', Buffer.alloc(0), 0],
])("RFC 3720's example: %s", (_, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum)
})

it('is what kafkajs reckons, of any bytes at any place', () => {
  const theirs = loaded('recordBatch/crc32C') as (bytes: Buffer) => number
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 20 }), (given, from) => {
      const bytes = Buffer.from(given).subarray(from)
      expect(crc32c(bytes)).toBe(theirs(bytes))
    }),
    { numRuns: 1_000 },
  )
})
