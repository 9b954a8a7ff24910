import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HpackError } from '../../../lib/http2/hpack/hpack-error.ts'
import { maxIntegerOctets, readInteger, writeInteger } from '../../../lib/http2/hpack/integer.ts'
import { hex } from './blocks.ts'

const read = (digits: string): number => {
  const bytes = hex(digits)
  return readInteger(bytes, { start: 0, at: 0, end: bytes.length }, 0x7f)
}

it('an integer is read as it was written, whatever its prefix, and what stands before the prefix is kept', () => {
  const values = fc.oneof(fc.nat(300), fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 8 }), fc.nat(255), (value, bits, octet) => {
      const mask = (1 << bits) - 1
      const pattern = octet & ~mask & 0xff
      const out = Buffer.alloc(maxIntegerOctets)
      const end = writeInteger(out, 0, pattern, mask, value)
      const cursor = { start: 0, at: 0, end }
      expect(readInteger(out, cursor, mask)).toBe(value)
      expect(cursor.at).toBe(end)
      expect(out[0]! & ~mask & 0xff).toBe(pattern)
    }),
  )
})

it('the largest integer is 2^31 - 1', () => {
  expect(read('7f 80ff ffff 07')).toBe(2 ** 31 - 1)
  expect(() => read('7f 81ff ffff 07')).toThrow(
    new HpackError('an integer is above 2^31 - 1 (octet 0 of the header block)'),
  )
  expect(() => read('7f ffff ffff 7f')).toThrow('an integer is above 2^31 - 1')
})

it('an integer may have zeros behind it, up to five octets, and no more', () => {
  expect(read('7f 8080 8080 00')).toBe(127)
  expect(() => read('7f 8080 8080 80 00')).toThrow('an integer has more than 5 octets behind its prefix')
  expect(() => read(`7f ${'ff'.repeat(100)}`)).toThrow('an integer has more than 5 octets behind its prefix')
})

it('an integer that the block cuts off is refused', () => {
  expect(() => read('')).toThrow('the block ends where an integer should begin (octet 0')
  expect(() => read('7f')).toThrow('the block ends within an integer (octet 1')
  expect(() => read('7f 80')).toThrow('the block ends within an integer (octet 2')
})

it('a setting of 2^32 - 1 can be written', () => {
  const out = Buffer.alloc(maxIntegerOctets)
  expect(out.subarray(0, writeInteger(out, 0, 0x20, 0x1f, 2 ** 32 - 1))).toEqual(hex('3f e0 ff ff ff 0f'))
})
