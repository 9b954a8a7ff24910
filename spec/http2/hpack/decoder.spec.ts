import { describe, expect, it } from 'vitest'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { HpackError } from '../../../lib/http2/hpack/hpack-error.ts'
import { decode, decodeHex, encode, hex, tableOf } from './blocks.ts'

// 40: literal with indexing and a new name; 01 61 is "a".
const insertAB = '40 0161 0162'

describe('a malformed block is an HpackError that says what and where:', () => {
  it.each([
    ['index 0', '82 80', 'index 0 is no entry (octet 1 of the header block)'],
    [
      'an index beyond the tables',
      '82 be',
      'index 62 is beyond the 61 static and 0 dynamic entries (octet 1',
    ],
    [
      'an index beyond what is in use',
      `${insertAB} be bf`,
      'index 63 is beyond the 61 static and 1 dynamic entries (octet 6',
    ],
    [
      'a name index beyond the tables',
      '7e 0162',
      'index 62 is beyond the 61 static and 0 dynamic entries (octet 0',
    ],
    ['a huge index', 'ff 80ff ffff 07', 'index 2147483647 is beyond'],
    ['a huge name index', '0f f0ff ffff 07 00', 'index 2147483647 is beyond'],
    ['an integer above 2^31 - 1', 'ff 81ff ffff 07', 'an integer is above 2^31 - 1 (octet 0'],
    [
      'an integer of too many octets',
      'ff 8080 8080 8000',
      'an integer has more than 5 octets behind its prefix (octet 0',
    ],
    ['an integer cut off', '82 ff 80', 'the block ends within an integer (octet 3'],
    [
      'a name that goes on behind the block',
      '40 0561',
      "a string of 5 octets goes on behind the block's end (octet 1",
    ],
    [
      'a value that goes on behind the block',
      '40 0161 0262',
      "a string of 2 octets goes on behind the block's end (octet 3",
    ],
    [
      'a Huffman-coded value that does',
      '40 0161 8262',
      "a string of 2 octets goes on behind the block's end (octet 3",
    ],
    [
      'a value of two gigabytes',
      '00 0161 7f80ffffff07',
      "a string of 2147483647 octets goes on behind the block's end",
    ],
    ['a field without a value', '40 0161', 'the block ends where an integer should begin (octet 3'],
    ['a field without a name', '40', 'the block ends where an integer should begin (octet 1'],
    ['a size update behind a field', '82 20', 'a size update stands behind a field (octet 1'],
    ['a size update above the limit', '3f e21f', 'a size update to 4097 is above the limit of 4096 (octet 0'],
    ['a size update cut off', '3f', 'the block ends within an integer (octet 1'],
    [
      'an end-of-string code',
      '00 0161 84 ffffffff',
      'a Huffman-coded string holds the end-of-string code (octet 4',
    ],
    [
      'padding of 8 bits',
      '00 0161 82 f8ff',
      'the padding of a Huffman-coded string is longer than 7 bits (octet 5',
    ],
    [
      'padding that is not all ones',
      '00 0161 81 18',
      'the padding of a Huffman-coded string is not all ones (octet 4',
    ],
    ['a code cut off', '00 0161 82 fffe', 'a Huffman-coded string ends within a code (octet 5'],
  ])('%s', (_, digits, message) => {
    // Behind other octets, which do not count, and with more behind it, which may not be read.
    const block = Buffer.concat([hex('8282'), hex(digits), hex('0161 0162')])
    const decoder = new HpackDecoder(4096)
    const run = (): unknown => decoder.decode(block, 2, block.length - 4, 1_000, 10)
    expect(run).toThrow(HpackError)
    expect(() => decodeHex(digits)).toThrow(message)
  })
})

describe('the size of the table', () => {
  it('may be updated at the beginning, more than once, up to the limit', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex(insertAB, decoder)
    expect(decodeHex('20 3fe11f 82', decoder)).toEqual([':method', 'GET'])
    expect(decoder).toMatchObject({ tableSize: 0, changed: true })
    decodeHex(insertAB, decoder)
    expect(decodeHex('3f 03', decoder)).toEqual([])
    expect(decoder.tableSize).toBe(34)
    decodeHex('3f 02', decoder)
    expect(decoder.tableSize).toBe(0)
  })

  it('that an update made smaller holds for what is inserted later', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex(`3f 24 ${insertAB} 40 0163 0164`, decoder)
    expect(tableOf(decoder)).toEqual(['c', 'd'])
    expect(decoder.tableSize).toBe(34)
  })

  it('must be updated when our limit is below it', () => {
    for (const digits of ['82', '', '3f 46 82', insertAB]) {
      const decoder = new HpackDecoder(4096)
      decoder.setMaxTableSize(100)
      expect(decoder.updateRequired).toBe(true)
      expect(() => decodeHex(digits, decoder)).toThrow(
        /a size update to (100 or less is missing|101 is above the limit of 100)/,
      )
    }
    const decoder = new HpackDecoder(4096)
    decoder.setMaxTableSize(100)
    expect(decodeHex('3f 45 82', decoder)).toEqual([':method', 'GET'])
    expect(decoder.updateRequired).toBe(false)
    expect(decodeHex('82', decoder)).toEqual([':method', 'GET'])
    expect(() => decodeHex('3f 46', decoder)).toThrow('a size update to 101 is above the limit of 100')
  })

  it('must have been as small as our smallest limit since the last block', () => {
    const start = (): HpackDecoder => {
      const decoder = new HpackDecoder(4096)
      decodeHex(insertAB, decoder)
      for (const size of [50, 10, 8192]) decoder.setMaxTableSize(size)
      return decoder
    }
    expect(() => decodeHex('3f e13f', start())).toThrow('a size update to 8192 is above the limit of 10')
    const decoder = start()
    expect(decodeHex('2a 3fe13f', decoder)).toEqual([])
    expect(decoder.tableSize).toBe(0)
  })

  it('need not be updated when the peer uses less anyway, or when the limit grows', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex('3f 45', decoder)
    for (const size of [200, 100, 65_536]) {
      decoder.setMaxTableSize(size)
      expect(decoder.updateRequired).toBe(false)
      expect(decodeHex('82', decoder)).toEqual([':method', 'GET'])
    }
    expect(decodeHex('3f e1ff03', decoder)).toEqual([])
  })

  it('0 keeps nothing, and literals to be indexed are fields all the same', () => {
    const decoder = new HpackDecoder(0)
    expect(decodeHex(insertAB, decoder)).toEqual(['a', 'b'])
    expect(decoder.tableSize).toBe(0)
    expect(() => decodeHex('be', decoder)).toThrow(HpackError)
  })
})

describe('an entry', () => {
  it('larger than the table empties it', () => {
    const decoder = new HpackDecoder(64)
    decodeHex(insertAB, decoder)
    expect(decoder.tableSize).toBe(34)
    const value = 'x'.repeat(40)
    expect(decode(decoder, Buffer.from(`\x40\x01a\x28${value}`, 'latin1'))).toEqual(['a', value])
    expect(decoder).toMatchObject({ tableSize: 0, changed: true })
  })

  it('may take its name from the entry that it evicts', () => {
    const decoder = new HpackDecoder(40)
    decodeHex(insertAB, decoder)
    expect(decodeHex('7e 0163 be', decoder)).toEqual(['a', 'c', 'a', 'c'])
    expect(tableOf(decoder)).toEqual(['a', 'c'])
  })

  it('keeps its place while the ring behind the table grows and turns', () => {
    const decoder = new HpackDecoder(34 * 100)
    const expected: string[] = []
    for (let i = 0; i < 350; i++) {
      const value = String.fromCharCode(i % 256)
      decode(decoder, Buffer.from(`\x40\x01a\x01${value}`, 'latin1'))
      expected.unshift('a', value)
      expected.length = Math.min(expected.length, 200)
      expect(tableOf(decoder)).toEqual(expected)
    }
  })
})

describe('what is known of the last block:', () => {
  it('whether it referred to the dynamic table', () => {
    const decoder = new HpackDecoder(4096)
    for (const [digits, used] of [
      [`82 04 0161 ${insertAB}`, false],
      ['be', true],
      ['82', false],
      ['0f 2f 0163', true],
      ['1f 2f 0163', true],
      ['7e 0163', true],
    ] as const) {
      decodeHex(digits, decoder)
      expect([digits, decoder.usedDynamic]).toEqual([digits, used])
    }
  })

  it('whether it held what changes the table, even if it did not change it this time', () => {
    const decoder = new HpackDecoder(64)
    for (const [digits, changed] of [
      ['82', false],
      [insertAB, true],
      ['be 00 0163 0164 10 0163 0164', false],
      ['3f 21', true],
      [`40 0161 28 ${'78'.repeat(40)}`, true],
      [`40 0161 28 ${'78'.repeat(40)}`, true],
      ['', false],
    ] as const) {
      const { generation } = decoder
      decodeHex(digits, decoder)
      expect([digits, decoder.changed]).toEqual([digits, changed])
      expect(decoder.generation > generation).toBe(changed)
    }
  })

  it('the names that no hop may index', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex(`${insertAB} 10 0163 0164 1f2f 0165 1f08 0166 00 0167 0168`, decoder)
    expect(decoder.neverIndexed).toEqual(['c', 'a', 'authorization'])
    expect(decoder.tableSize).toBe(34)
    decodeHex('82', decoder)
    expect(decoder.neverIndexed).toBeUndefined()
  })
})

describe('a list over the limits', () => {
  it('counts name, value and 32 for each field', () => {
    const decoder = new HpackDecoder(4096)
    const block = hex('82 82')
    const size = 2 * (7 + 3 + 32)
    expect(decoder.decode(block, 0, 2, size, 2)).toEqual([':method', 'GET', ':method', 'GET'])
    expect(decoder.decode(block, 0, 2, size - 1, 2)).toBeUndefined()
    expect(decoder.decode(block, 0, 2, size, 1)).toBeUndefined()
    expect(decoder.decode(block, 0, 0, 0, 0)).toEqual([])
  })

  it('changes the table to its end, and malformed is malformed', () => {
    const decoder = new HpackDecoder(4096)
    const block = hex(`82 82 82 ${insertAB} 10 0163 0164`)
    expect(decoder.decode(block, 0, block.length, 50, 10)).toBeUndefined()
    expect(tableOf(decoder)).toEqual(['a', 'b'])
    expect(decoder.decode(block, 0, block.length, 1_000, 2)).toBeUndefined()
    expect(decoder.neverIndexed).toEqual(['c'])
    expect(tableOf(decoder)).toEqual(['a', 'b', 'a', 'b'])
    expect(() => decoder.decode(hex('8282 80'), 0, 3, 1, 1)).toThrow(HpackError)
  })

  // 16 KiB of references to an entry of 4 KiB are a list of 64 MiB.
  it('that is an HPACK bomb stores nothing over the limit, and the next block is right', () => {
    const decoder = new HpackDecoder(4096)
    const value = 'x'.repeat(4_050)
    const insert = Buffer.concat([hex('40 0161 7fd31e'), Buffer.from(value)])
    expect(decode(decoder, insert)).toEqual(['a', value])
    const bomb = Buffer.concat([Buffer.alloc(16_000, 0xbe), hex(insertAB)])
    expect(pushed(() => expect(decoder.decode(bomb, 0, bomb.length, 16_384, 100)).toBeUndefined())).toBe(4)
    expect(decoder).toMatchObject({ usedDynamic: true, changed: true, tableSize: 34 })
    expect(tableOf(decoder)).toEqual(['a', 'b'])
  })
})

/** How often something is appended to a list of strings meanwhile. */
function pushed(act: () => void): number {
  const { push } = Array.prototype
  let count = 0
  // oxlint-disable-next-line no-extend-native -- put back below
  Array.prototype.push = function (...items: unknown[]) {
    if (items.length === 2 && items[0] === 'a') count++
    return push.apply(this, items)
  }
  try {
    act()
  } finally {
    // oxlint-disable-next-line no-extend-native -- as it was
    Array.prototype.push = push
  }
  return count
}

// What a table holds on to cannot be seen from outside, and is the promise here.
function ringOf(decoder: HpackDecoder): readonly unknown[] {
  return (decoder as unknown as { table: { ring: readonly unknown[] } }).table.ring
}

describe('memory', () => {
  it('for the dynamic table is allocated with its first entry', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex('82 86 84 04 0161', decoder)
    expect(ringOf(decoder)).toHaveLength(0)
    expect(ringOf(decoder)).toBe(ringOf(new HpackDecoder(65_536)))
    decodeHex(insertAB, decoder)
    expect(ringOf(decoder)).toHaveLength(32)
    expect(ringOf(new HpackDecoder(4096))).toHaveLength(0)
  })

  it('of what was evicted is let go', () => {
    const decoder = new HpackDecoder(4096)
    decodeHex(`${insertAB} ${insertAB}`, decoder)
    decodeHex('20', decoder)
    expect(new Set(ringOf(decoder))).toEqual(new Set(['']))
  })
})

it('a string may be long, Huffman-coded or not', () => {
  const decoder = new HpackDecoder(4096)
  for (const value of ['a'.repeat(4_090), 'a'.repeat(4_100), 'aaa~'.repeat(25_000), '~'.repeat(50_000)]) {
    const block = encode(new HpackEncoder(), ['x-a', value], false)
    expect(block.length < value.length).toBe(value.includes('a'))
    expect(decode(decoder, block)).toEqual(['x-a', value])
  }
})

it('a static entry is the same string each time, and strings are octets', () => {
  const decoder = new HpackDecoder(4096)
  expect(decodeHex('00 04c3a9ff00 03e282ac', decoder)).toEqual([
    '\u00c3\u00a9\u00ff\u0000',
    '\u00e2\u0082\u00ac',
  ])
  expect(decodeHex('00 00 00', decoder)).toEqual(['', ''])
})
