import { describe, expect, it } from 'vitest'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { readInteger, writeInteger } from '../../../lib/http2/hpack/integer.ts'
import { decode, encode, hex, tableOf } from './blocks.ts'

// The examples of RFC 7541 Appendix C.

describe('integers (C.1)', () => {
  it.each([
    ['C.1.1', 10, 0x1f, '0a'],
    ['C.1.2', 1337, 0x1f, '1f 9a 0a'],
    ['C.1.3', 42, 0xff, '2a'],
  ])('%s: %i', (_, value, mask, digits) => {
    const bytes = hex(digits)
    const cursor = { start: 0, at: 0, end: bytes.length }
    expect(readInteger(bytes, cursor, mask)).toBe(value)
    expect(cursor.at).toBe(bytes.length)
    const out = Buffer.alloc(8)
    expect(out.subarray(0, writeInteger(out, 0, 0, mask, value))).toEqual(bytes)
  })
})

describe('representations (C.2)', () => {
  it('C.2.1: a literal with indexing', () => {
    const decoder = new HpackDecoder(4096)
    const block = hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')
    expect(decode(decoder, block)).toEqual(['custom-key', 'custom-header'])
    expect(tableOf(decoder)).toEqual(['custom-key', 'custom-header'])
    expect(decoder.tableSize).toBe(55)
  })

  it('C.2.2: a literal without indexing', () => {
    const decoder = new HpackDecoder(4096)
    expect(decode(decoder, hex('040c 2f73 616d 706c 652f 7061 7468'))).toEqual([':path', '/sample/path'])
    expect(decoder).toMatchObject({ tableSize: 0, changed: false, neverIndexed: undefined })
    const block = encode(new HpackEncoder(), [':path', '/sample/path'], false)
    expect(block).toEqual(hex('040c 2f73 616d 706c 652f 7061 7468'))
  })

  it('C.2.3: a literal never indexed', () => {
    const decoder = new HpackDecoder(4096)
    const block = hex('1008 7061 7373 776f 7264 0673 6563 7265 74')
    expect(decode(decoder, block)).toEqual(['password', 'secret'])
    expect(decoder).toMatchObject({ tableSize: 0, changed: false, neverIndexed: ['password'] })
    expect(encode(new HpackEncoder(), ['password', 'secret'], false, new Set(['password']))).toEqual(block)
  })

  it('C.2.4: an indexed field', () => {
    const decoder = new HpackDecoder(4096)
    expect(decode(decoder, hex('82'))).toEqual([':method', 'GET'])
    expect(decoder.tableSize).toBe(0)
    expect(encode(new HpackEncoder(), [':method', 'GET'])).toEqual(hex('82'))
  })
})

const get = (path: string, scheme = 'http') => [
  ':method',
  'GET',
  ':scheme',
  scheme,
  ':path',
  path,
  ':authority',
  'www.example.com',
]
const authority = [':authority', 'www.example.com']
const noCache = ['cache-control', 'no-cache']
const custom = ['custom-key', 'custom-value']
const requests = [
  { fields: get('/'), table: authority, size: 57 },
  { fields: [...get('/'), ...noCache], table: [...noCache, ...authority], size: 110 },
  {
    fields: [...get('/index.html', 'https'), ...custom],
    table: [...custom, ...noCache, ...authority],
    size: 164,
  },
]

const date = (second: number): string[] => ['date', `Mon, 21 Oct 2013 20:13:${second} GMT`]
const location = ['location', 'https://www.example.com']
const privately = ['cache-control', 'private']
const gzip = ['content-encoding', 'gzip']
const cookie = ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1']
const status = (code: number): string[] => [':status', `${code}`]
const responses = [
  {
    fields: [...status(302), ...privately, ...date(21), ...location],
    table: [...location, ...date(21), ...privately, ...status(302)],
    size: 222,
  },
  {
    fields: [...status(307), ...privately, ...date(21), ...location],
    table: [...status(307), ...location, ...date(21), ...privately],
    size: 222,
  },
  {
    fields: [...status(200), ...privately, ...date(22), ...location, ...gzip, ...cookie],
    table: [...cookie, ...gzip, ...date(22)],
    size: 215,
  },
]

const examples = [
  {
    name: 'requests without Huffman coding (C.3)',
    limit: 4096,
    steps: requests,
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  },
  {
    name: 'requests with Huffman coding (C.4)',
    limit: 4096,
    steps: requests,
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  },
  {
    name: 'responses without Huffman coding (C.5)',
    limit: 256,
    steps: responses,
    blocks: [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
       546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
       6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
       2076 6572 7369 6f6e 3d31`,
    ],
  },
  {
    name: 'responses with Huffman coding (C.6)',
    limit: 256,
    steps: responses,
    blocks: [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
       8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
       dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ],
  },
]

describe.each(examples)('$name', ({ limit, steps, blocks }) => {
  it('are decoded, and the table is as it should be after each', () => {
    const decoder = new HpackDecoder(limit)
    for (const [i, { fields, table, size }] of steps.entries()) {
      expect(decode(decoder, hex(blocks[i]!))).toEqual(fields)
      expect(decoder.tableSize).toBe(size)
      expect(tableOf(decoder)).toEqual(table)
    }
  })
})

describe('what the encoder writes', () => {
  it('is what C.4 shows', () => {
    const encoder = new HpackEncoder()
    for (const [i, { fields, size }] of requests.entries()) {
      expect(encode(encoder, fields)).toEqual(hex(examples[1]!.blocks[i]!))
      expect(encoder.tableSize).toBe(size)
    }
  })

  it('is what C.6 shows, for the fields that it indexes as the example does', () => {
    const encoder = new HpackEncoder(256)
    expect(encode(encoder, [])).toEqual(hex('3f e101'))
    expect(encode(encoder, [...status(302), ...privately])).toEqual(hex('4882 6402 5885 aec3 771a 4b'))
    expect(encode(encoder, [...status(200), ...gzip])).toEqual(hex('88 5a 839b d9ab'))
    // Date and location vary: the same octets behind another representation (0000 for 01).
    const block = encode(encoder, [...date(21), ...location])
    expect(block).toEqual(
      hex(
        `0f12 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff 0f1f 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae
         43d3`,
      ),
    )
    expect(encode(encoder, cookie)).toEqual(
      hex(
        '77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      ),
    )
    expect(encoder.tableSize).toBe(42 + 52 + 52 + 98)
  })
})
