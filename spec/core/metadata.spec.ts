import fc from 'fast-check'
import { createMetadata, RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { checkMetadataSize } from '../../lib/core/metadata.ts'

const key = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,20}$/).filter((one) => !one.toLowerCase().endsWith('-bin'))
const value = fc.stringMatching(/^[\x20-\x7e]{0,40}$/)

describe('metadata', () => {
  it('gives back what was set, whatever the case of the key', () => {
    fc.assert(
      fc.property(key, value, (name, text) => {
        const metadata = createMetadata({ [name]: text })
        expect(metadata.get(name.toUpperCase())).toBe(text)
        expect(metadata.get(name.toLowerCase())).toBe(text)
        expect([...metadata]).toEqual([[name.toLowerCase(), text]])
      }),
    )
  })

  it('gives back bytes under keys that end in -bin', () => {
    fc.assert(
      fc.property(key, fc.uint8Array(), (name, bytes) => {
        expect(createMetadata({ [`${name}-bin`]: bytes }).getBytes(`${name}-BIN`)).toEqual(bytes)
      }),
    )
  })

  it('joins repeated values by a comma and a space', () => {
    expect(
      createMetadata({ a: ['b', 'c, d'] })
        .append('A', 'e')
        .get('a'),
    ).toBe('b, c, d, e')
  })

  it('replaces with set, leaves out what is undefined and forgets with delete', () => {
    const metadata = createMetadata({ a: 'b', c: undefined })
    expect(metadata.has('c')).toBe(false)
    expect(metadata.set('A', 'x').get('a')).toBe('x')
    expect(metadata.delete('A').size).toBe(0)
    expect(metadata.get('a')).toBeUndefined()
  })

  it('copies: what is changed later is the copy alone', () => {
    const first = createMetadata({ a: 'b' })
    createMetadata(first).set('a', 'c')
    expect(first.toJSON()).toEqual({ a: 'b' })
  })

  it('refuses every key and value that no transport can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, text) => {
        const good = /^[a-z0-9_.-]+$/.test(name.toLowerCase()) && /^[\x20-\x7e]*$/.test(text)
        if (good) expect(createMetadata({ [name]: text }).get(name)).toBe(text)
        else expect(() => createMetadata({ [name]: text })).toThrow(RpcError)
      }),
    )
  })

  it.each([{ 'a\r\nb': 'c' }, { a: 'b\nc' }, { a: 'ä' }, { a: new Uint8Array() }, { '': 'a' }])(
    'says INVALID_ARGUMENT for %j',
    (init) => {
      expect(() => createMetadata(init as Record<string, string>)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('metadata') }),
      )
    },
  )

  it('says INVALID_ARGUMENT where the text under a -bin key is no base64', () => {
    expect(() => createMetadata({ 'a-bin': '***' }).getBytes('a-bin')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  it('does not confuse keys with what objects inherit', () => {
    expect(createMetadata().get('constructor')).toBeUndefined()
    expect(createMetadata({ ['__proto__']: 'a' }).get('__proto__')).toBe('a')
    expect(createMetadata().set('__proto__', 'a').get('__proto__')).toBe('a')
  })

  it('is counted in entries and bytes, and the refusal names the limit', () => {
    const limits = { maxMetadataEntries: 2, maxMetadataBytes: 10 }
    expect(() => checkMetadataSize(createMetadata({ a: '1', b: '2' }), limits)).not.toThrow()
    expect(() => checkMetadataSize(createMetadata({ a: '1', b: '2', c: '3' }), limits)).toThrow(
      'maxMetadataEntries',
    )
    expect(() => checkMetadataSize(createMetadata({ a: '123456789' }), limits)).not.toThrow()
    expect(() => checkMetadataSize(createMetadata({ a: '1234567890' }), limits)).toThrow('maxMetadataBytes')
  })
})
