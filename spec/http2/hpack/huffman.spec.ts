import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeLengths, codes } from '../../../lib/http2/hpack/huffman-code.ts'
import { huffmanRoom, readHuffman } from '../../../lib/http2/hpack/huffman-decode.ts'
import { huffmanSize, writeHuffman } from '../../../lib/http2/hpack/huffman-encode.ts'
import { hex } from './blocks.ts'

const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
const texts = fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), octets)

function write(text: string): Buffer {
  const out = Buffer.alloc(huffmanSize(text) + 8, 0xee)
  const end = writeHuffman(text, out, 0)
  expect(end).toBe(huffmanSize(text))
  expect(out.subarray(end)).toEqual(Buffer.alloc(8, 0xee))
  return out.subarray(0, end)
}

function read(bytes: Buffer): string {
  // Ones on both sides: nothing outside may count.
  const inside = Buffer.concat([hex('ffffff'), bytes, hex('ffffffff')])
  const cursor = { start: 0, at: 3, end: inside.length }
  const out = Buffer.alloc(huffmanRoom(bytes.length))
  const length = readHuffman(inside, cursor, 3 + bytes.length, out)
  expect(cursor.at).toBe(3 + bytes.length)
  return out.toString('latin1', 0, length)
}

/** The octets that these bits fill, the last one with ones. */
function bits(digits: string): Buffer {
  const whole = digits.padEnd(Math.ceil(digits.length / 8) * 8, '1')
  return Buffer.from((whole.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)))
}

const codeOf = (symbol: number): string => codes[symbol]!.toString(2).padStart(codeLengths[symbol]!, '0')

describe('the code', () => {
  // Some of each length, as Appendix B has them.
  it.each([
    [0x30, 0x0, 5],
    [0x74, 0x9, 5],
    [0x20, 0x14, 6],
    [0x75, 0x2d, 6],
    [0x3a, 0x5c, 7],
    [0x7a, 0x7b, 7],
    [0x26, 0xf8, 8],
    [0x5a, 0xfd, 8],
    [0x21, 0x3f8, 10],
    [0x3f, 0x3fc, 10],
    [0x7c, 0x7fc, 11],
    [0x3e, 0xffb, 12],
    [0x00, 0x1ff8, 13],
    [0x7e, 0x1ffd, 13],
    [0x7d, 0x3ffd, 14],
    [0x7b, 0x7ffe, 15],
    [0x5c, 0x7fff0, 19],
    [0xe2, 0xfffed, 20],
    [0xe6, 0x1fffe8, 21],
    [0xe9, 0x3fffeb, 22],
    [0xef, 0x7ffff4, 23],
    [0xed, 0xfffff5, 24],
    [0xeb, 0x1ffffef, 25],
    [0xff, 0x3ffffee, 26],
    [0xfe, 0x7fffff0, 27],
    [0xf9, 0xffffffe, 28],
    [0x16, 0x3ffffffe, 30],
    [256, 0x3fffffff, 30],
  ])('of symbol %i is %i in %i bits', (symbol, code, length) => {
    expect(codes[symbol]).toBe(code)
    expect(codeLengths[symbol]).toBe(length)
  })

  it('is complete: every sequence of bits is one of codes', () => {
    expect(codeLengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1)
  })
})

describe('a string', () => {
  it('is what was written', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(read(write(text))).toBe(text)
      }),
    )
  })

  it('of any two octets is what was written', () => {
    for (let first = 0; first < 256; first++) {
      const all = Array.from({ length: 256 }, (_, second) => String.fromCharCode(first, second)).join('')
      expect(read(write(all))).toBe(all)
    }
  })

  it('is its codes one after the other, and ones to the next octet', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const expected = bits(Array.from(text, (char) => codeOf(char.charCodeAt(0))).join(''))
        expect(write(text)).toEqual(expected)
      }),
    )
  })
})

describe('refused is', () => {
  const end = codeOf(256)
  it.each([
    ['the end-of-string code', end, 'holds the end-of-string code'],
    [
      'the end-of-string code behind others',
      codeOf(0x61) + end + codeOf(0x61),
      'holds the end-of-string code',
    ],
    [
      'padding of 8 bits',
      codeOf(0x26) + '1'.repeat(8),
      'padding of a Huffman-coded string is longer than 7 bits',
    ],
    ['padding of 11 bits', codeOf(0x30) + '1'.repeat(11), 'longer than 7 bits'],
    ['padding of 24 bits', '1'.repeat(24), 'longer than 7 bits'],
    ['padding of 29 bits', codeOf(0x7c) + '1'.repeat(29), 'longer than 7 bits'],
    ['padding with a zero at its end', codeOf(0x30) + '110', 'is not all ones'],
    ['padding with a zero at its beginning', codeOf(0x3a) + '0', 'is not all ones'],
    ['padding of zeros', codeOf(0x20) + '00', 'is not all ones'],
    ['a code cut short', `${codeOf(0x30)}11111111110`, 'ends within a code'],
    ['a long code cut short', codeOf(0x0a).slice(0, 16).replace(/.$/, '0'), 'ends within a code'],
  ])('%s', (_, digits, message) => {
    expect(() => read(bits(digits))).toThrow(message)
  })

  it('no padding of up to 7 ones', () => {
    // Eight codes of 5 bits end at an octet; each one less leaves more to fill.
    for (let count = 0; count <= 8; count++)
      expect(read(bits(codeOf(0x61).repeat(count)))).toBe('a'.repeat(count))
  })
})
