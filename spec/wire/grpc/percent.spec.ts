import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeGrpcMessage, encodeGrpcMessage } from '../../../lib/wire/grpc/percent.ts'

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('%', ' ', 'a', '4', '1', '\r', '\n', '\0', 'ä', '€', '😀', '\u007f') }),
)
const octets = (text: string): string => Buffer.from(text).toString('latin1')

describe('grpc-message', () => {
  it('carries any text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeGrpcMessage(encodeGrpcMessage(text))).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is printable ASCII without space at its ends, in which % begins an escape', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const encoded = encodeGrpcMessage(text)
        expect(encoded).toMatch(/^(?:[\x20-\x24\x26-\x7e]|%[0-9A-F]{2})*$/)
        expect(encoded.trim()).toBe(encoded)
        // What other implementations make of it.
        expect(decodeURIComponent(encoded)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['', ''],
    ['plain text: (1), "2"', 'plain text: (1), "2"'],
    ['100 %', '100%20%25'],
    ['ä€😀', '%C3%A4%E2%82%AC%F0%9F%98%80'],
    ['a\r\nb\0', 'a%0D%0Ab%00'],
    [' a ', '%20a%20'],
    ['\u007f', '%7F'],
  ])('%j is written %s', (text, encoded) => {
    expect(encodeGrpcMessage(text)).toBe(encoded)
  })

  it('with half a surrogate pair is still written', () => {
    expect(decodeGrpcMessage(encodeGrpcMessage('a\ud800b'))).toBe('a\ufffdb')
  })
})

describe('a grpc-message of others', () => {
  it.each([
    ['%e2%82%ac', '€'],
    ['%E2%82%aC', '€'],
    ['%', '%'],
    ['%%', '%%'],
    ['%4', '%4'],
    ['%4g', '%4g'],
    ['%zz%41', '%zzA'],
    ['%%41', '%A'],
    ['100%', '100%'],
    ['% 41', '% 41'],
    ['a+b', 'a+b'],
    ['%25%34%31', '%41'],
    ['%+1%-1%1 ', '%+1%-1%1 '],
    [octets('raw ä € 😀'), 'raw ä € 😀'],
    [octets('ä %C3%A4 %'), 'ä ä %'],
    ['%ff%FE', '\ufffd\ufffd'],
    ['%C3', '\ufffd'],
    ['\xff', '\ufffd'],
    ['a\nb', 'a\nb'],
  ])('%j reads %j', (value, text) => {
    expect(decodeGrpcMessage(value)).toBe(text)
  })

  it('in raw UTF-8, as it arrives, is understood unless it holds an escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/%[0-9a-f]{2}/i.test(text))
        expect(decodeGrpcMessage(octets(text))).toBe(text)
      }),
    )
  })

  it('gives a text, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 20 }), (units) => {
        const text = decodeGrpcMessage(String.fromCharCode(...units))
        expect(Buffer.from(text).toString()).toBe(text)
      }),
    )
  })

  it('of a megabyte of broken escapes takes no time', () => {
    const value = '%4'.repeat(500_000)
    const start = performance.now()
    expect(decodeGrpcMessage(value)).toBe(value)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
