import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStruct, decodeValue, encodeStruct, encodeValue } from '../../../lib/wire/grpc/google-value.ts'
import { bytesField } from '../../../lib/wire/grpc/proto-bytes.ts'
import { read, structOf, valueOf, write } from './google.ts'

/** Whatever JSON can say in well-formed text; `__proto__` and the like among the keys. */
const keys = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', ''),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, -1, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 0.1),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}))
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lists in lists, or objects in objects, so many levels deep. */
const lists = (depth: number): unknown =>
  depth === 0 ? 1 : Array.from({ length: 1 }, () => lists(depth - 1))
const objects = (depth: number): unknown => (depth === 0 ? 1 : { a: objects(depth - 1) })

describe('google.protobuf.Value', () => {
  it('carries any JSON', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.stringify(decodeValue(encodeValue(value)))).toBe(JSON.stringify(value))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is written as protobufjs writes it, and read as protobufjs reads it', () => {
    fc.assert(
      fc.property(json, (value) => {
        const theirs = write('google.protobuf.Value', valueOf(value))
        expect(encodeValue(value).equals(theirs)).toBe(true)
        expect(JSON.stringify(decodeValue(theirs))).toBe(JSON.stringify(value))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    [null, '0800'],
    [1.5, '11000000000000f83f'],
    ['ä', '1a02c3a4'],
    [true, '2001'],
    [false, '2000'],
    [{}, '2a00'],
    [[], '3200'],
    [{ a: [null] }, '2a0d0a0b0a0161120632040a020800'],
  ])('%j is known octets', (value, hex) => {
    expect(encodeValue(value).toString('hex')).toBe(hex)
    expect(decodeValue(Buffer.from(hex, 'hex'))).toEqual(value)
  })

  it('without a field, or with one that nobody knows, is null', () => {
    expect(decodeValue(Buffer.alloc(0))).toBe(null)
    expect(decodeValue(bytesField(15, 'from the future'))).toBe(null)
  })

  it('with two kinds is the last one', () => {
    expect(decodeValue(Buffer.concat([encodeValue('a'), encodeValue(1)]))).toBe(1)
    expect(decodeValue(Buffer.concat([encodeValue({ a: 1 }), encodeValue(null)]))).toBe(null)
  })

  it.each([undefined, () => 1, Symbol('a')])('of what is no JSON (%s) is null', (value) => {
    expect(decodeValue(encodeValue(value))).toBe(null)
    expect(decodeValue(encodeValue([value]))).toEqual([null])
  })
})

describe('google.protobuf.Struct', () => {
  it('carries any JSON object, as protobufjs does', () => {
    fc.assert(
      fc.property(json.filter(isObject), (value) => {
        const ours = encodeStruct(value)
        expect(ours.equals(write('google.protobuf.Struct', structOf(value)))).toBe(true)
        expect(JSON.stringify(decodeStruct(ours))).toBe(JSON.stringify(value))
        expect(Object.keys(read('google.protobuf.Struct', ours)['fields'] ?? {})).toHaveLength(
          Object.keys(value).length,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('leaves out what is undefined', () => {
    expect(decodeStruct(encodeStruct({ a: undefined, b: 1 }))).toEqual({ b: 1 })
  })

  it('may hold one key twice: the last one wins, and an entry may have its value first', () => {
    const entry = (key: string, value: unknown): Buffer =>
      bytesField(1, Buffer.concat([bytesField(2, encodeValue(value)), bytesField(1, key)]))
    expect(decodeStruct(Buffer.concat([entry('a', 1), entry('b', 2), entry('a', 3)]))).toEqual({ a: 3, b: 2 })
    expect(decodeStruct(bytesField(1, ''))).toEqual({ '': null })
  })

  it('with a key __proto__ has a property of that name, and no other prototype', () => {
    const hostile = Object.fromEntries([['__proto__', { admin: true }]])
    const value = decodeStruct(encodeStruct(hostile))
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect((value as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('nesting', () => {
  it.each([
    ['lists', lists],
    ['objects', objects],
  ])('of %s is read 64 levels deep, as in JSON, and refused beyond', (_, nested) => {
    expect(decodeValue(encodeValue(nested(64)))).toEqual(nested(64))
    expect(() => decodeValue(encodeValue(nested(65)))).toThrow(RangeError)
  })

  it('of 100,000 levels is refused, and costs nothing', () => {
    let bytes = encodeValue(1)
    // From within: each level is a list of one.
    const levels: Buffer[] = []
    let { length } = bytes
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
    for (let i = 0; i < 100_000; i++) {
      const inner = Buffer.from([0x0a, ...varint(length)])
      const outer = Buffer.from([0x32, ...varint(length + inner.length)])
      levels.push(inner, outer)
      length += inner.length + outer.length
    }
    bytes = Buffer.concat([...levels.toReversed(), bytes])
    const start = performance.now()
    expect(() => decodeValue(bytes)).toThrow(new RangeError('a google.protobuf.Value is nested too deep'))
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('octets that are no message', () => {
  it.each([
    ['a field that is longer than its message', '1a0561'],
    ['a length of 2^63', '1affffffffffffffffff7f'],
    ['a number that never ends', '08ffffffffffffffffffffff01'],
    ['a number that ends too early', '08ff'],
    ['a double that is cut', '110000'],
    ['a group', '0b0c'],
    ['wire type 6', '0e'],
    ['a list whose item is cut', '32030a0561'],
    ['an entry whose key is cut', '2a040a020a05'],
  ])('%s throw a RangeError', (_, hex) => {
    expect(() => decodeValue(Buffer.from(hex, 'hex'))).toThrow(RangeError)
  })

  it('but text that is no UTF-8 is read with U+FFFD', () => {
    expect(decodeValue(Buffer.from('1a01ff', 'hex'))).toBe('\ufffd')
  })
})
