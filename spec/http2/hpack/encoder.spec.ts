import { describe, expect, it } from 'vitest'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { sensitiveByDefault } from '../../../lib/http2/hpack/sensitive.ts'
import { decode, encode, hex, tableOf } from './blocks.ts'

const call = [
  ':method',
  'POST',
  ':path',
  '/cities.Cities/Nearest',
  'content-type',
  'application/json',
  'x-a',
  'b',
]

describe('a field', () => {
  it('in a table is one index, static before dynamic', () => {
    const encoder = new HpackEncoder()
    expect(encode(encoder, [':status', '404', 'accept-encoding', 'gzip, deflate', 'accept', ''])).toEqual(
      hex('8d 90 93'),
    )
    encode(encoder, ['x-a', 'b', 'x-a', 'c', ':status', '418'])
    expect(encode(encoder, ['x-a', 'b', 'x-a', 'c', ':status', '418', ':status', '200'])).toEqual(
      hex('c0 bf be 88'),
    )
  })

  it('whose name is in a table is written with its index', () => {
    const encoder = new HpackEncoder()
    encode(encoder, ['x-a', 'b', 'x-a', 'c'])
    expect(encode(encoder, ['x-a', 'd', ':path', '/!'], false)).toEqual(hex('0f2f 0164 04 022f21'))
  })

  it.each([
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['content-length', '17'],
    ['etag', '"1"'],
    ['last-modified', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['if-modified-since', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['age', '3'],
    ['location', '/cities/1'],
    ['grpc-timeout', '499m'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    [':path', '/cities?near=Basel'],
    [':path', `/${'x'.repeat(64)}`],
    ['x-large', 'x'.repeat(4096 * 0.75 - 32 - 6)],
  ])('that would only fill the table (%s: %s) is not put into it', (name, value) => {
    const encoder = new HpackEncoder()
    const block = encode(encoder, [name, value])
    expect(encoder).toMatchObject({ tableSize: 0, generation: 0 })
    const decoder = new HpackDecoder(4096)
    expect(decode(decoder, block)).toEqual([name, value])
    expect(decoder).toMatchObject({ changed: false, neverIndexed: undefined })
  })

  it.each([
    [':path', `/${'x'.repeat(63)}`],
    ['x-large', 'x'.repeat(4096 * 0.75 - 32 - 7)],
    ['authorization', 'Bearer 1'],
  ])('that may come again (%s: %s) is', (name, value) => {
    const encoder = new HpackEncoder()
    encode(encoder, [name, value])
    expect(encoder.tableSize).toBe(name.length + value.length + 32)
    expect(encode(encoder, [name, value])).toEqual(hex('be'))
  })

  it('that is sensitive is never indexed, in neither way, nor looked up', () => {
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder(4096)
    // Indexed while nobody had said that it is a secret.
    decode(decoder, encode(encoder, ['x-a', 'b', 'cookie', 'c=1']))
    const fields = ['x-a', 'b', 'cookie', 'c=1', 'authorization', 'Bearer 1', 'set-cookie', '']
    const sensitive = new Set([...sensitiveByDefault, 'x-a'])
    for (const index of [true, false]) {
      const { generation } = encoder
      expect(decode(decoder, encode(encoder, fields, index, sensitive))).toEqual(fields)
      expect(decoder.neverIndexed).toEqual(['x-a', 'cookie', 'authorization', 'set-cookie'])
      expect(encoder.generation).toBe(generation)
    }
    expect([...sensitiveByDefault]).toEqual(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
  })

  it('is Huffman-coded when that is shorter; short ones only when they are indexed', () => {
    const long = 'a'.repeat(128)
    expect(encode(new HpackEncoder(), ['server', 'aaaa'])).toEqual(hex('76 83 18c6 3f'))
    expect(encode(new HpackEncoder(), ['server', '~~~~'])).toEqual(hex('76 04 7e7e7e7e'))
    expect(encode(new HpackEncoder(), ['server', 'aaaa'], false)).toEqual(hex('0f27 04 61616161'))
    expect(encode(new HpackEncoder(), ['server', long], false)).toEqual(
      hex(`0f27 d0 ${'18c6318c63'.repeat(16)}`),
    )
    expect(encode(new HpackEncoder(), ['server', '\u00ff'.repeat(128)], false)).toHaveLength(2 + 2 + 128)
  })
})

describe('without indexing', () => {
  it('the table stays, and what is in it is referred to', () => {
    const encoder = new HpackEncoder()
    expect(encode(encoder, call, false)).toHaveLength(1 + 24 + 19 + 7)
    expect(encoder).toMatchObject({ generation: 0, tableSize: 0 })
    encode(encoder, call)
    const { generation, tableSize } = encoder
    expect(encode(encoder, [...call, 'x-b', 'c'], false)).toEqual(hex('83 c0 bf be 0003782d62 0163'))
    expect(encoder).toMatchObject({ generation, tableSize })
  })
})

describe('a character above U+00FF', () => {
  it.each([
    ['in a short value', ['x-a', 'b', 'x-b', '\u0100']],
    ['in a long value', ['x-a', 'b', 'x-b', `${'x'.repeat(500)}\u{1f600}`]],
    ['in a value between', ['x-a', 'b', 'x-b', `${'x'.repeat(50)}\u010a`]],
  ])('%s is a TypeError that names the field, and nothing has changed', (_, fields) => {
    for (const index of [true, false]) {
      const encoder = new HpackEncoder(1_000)
      const message = 'the field "x-b" has a character above U+00FF, which is no octet'
      expect(() => encode(encoder, fields, index)).toThrow(new TypeError(message))
      expect(encoder).toMatchObject({ generation: 0, tableSize: 0, updatePending: true })
      expect(encode(encoder, ['x-a', 'b']).subarray(0, 3)).toEqual(hex('3f c907'))
    }
  })

  it('in a name is one too', () => {
    for (const index of [true, false]) {
      expect(() => encode(new HpackEncoder(), ['x-\u20ac', 'b'], index)).toThrow('the field "x-\u20ac" has')
    }
  })
})

describe('the peer’s limit', () => {
  it('is 4096 at first; if we want less we say so, if we want more we wait', () => {
    const less = new HpackEncoder(100)
    expect(less.updatePending).toBe(true)
    expect(encode(less, ['x-a', 'b'], false)).toEqual(hex('3f45 0003782d61 0162'))
    expect(less.updatePending).toBe(false)
    expect(encode(new HpackEncoder(0), [':method', 'GET'])).toEqual(hex('20 82'))

    const more = new HpackEncoder(8_192)
    expect(more.updatePending).toBe(false)
    encode(more, ['x-a', 'b'])
    more.setPeerTableSize(65_536)
    expect(encode(more, [], false)).toEqual(hex('3f e13f'))
    expect(more.tableSize).toBe(36)
  })

  it('that shrinks evicts at once and is confirmed in the next block', () => {
    const encoder = new HpackEncoder()
    encode(encoder, ['x-a', 'b', 'x-c', 'd'])
    const { generation } = encoder
    encoder.setPeerTableSize(40)
    expect(encoder.generation).toBeGreaterThan(generation)
    expect(encoder).toMatchObject({ updatePending: true, tableSize: 36 })
    expect(encode(encoder, ['x-c', 'd', 'x-a', 'b'], false)).toEqual(hex('3f09 be 0003782d61 0162'))
    expect(encoder.updatePending).toBe(false)
  })

  it('that changes more than once: the smallest, then the last', () => {
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder(4096)
    decode(decoder, encode(encoder, call))
    for (const size of [2_000, 0, 100, 65_536]) {
      encoder.setPeerTableSize(size)
      decoder.setMaxTableSize(size)
    }
    const block = encode(encoder, [':method', 'GET'])
    expect(block).toEqual(hex('20 3fe11f 82'))
    expect(decode(decoder, block)).toEqual([':method', 'GET'])
    expect([decoder.tableSize, encoder.tableSize]).toEqual([0, 0])
  })

  it('that shrinks to more than we use is confirmed too; that stays or grows is not', () => {
    const encoder = new HpackEncoder(100)
    encode(encoder, [])
    encoder.setPeerTableSize(4_096)
    encoder.setPeerTableSize(8_192)
    expect(encoder.updatePending).toBe(false)
    encoder.setPeerTableSize(1_000)
    expect(encode(encoder, [])).toEqual(hex('3f45'))
  })
})

describe('entries', () => {
  it('are found while they are in the table, and not when they were evicted', () => {
    const encoder = new HpackEncoder(3 * 36)
    const decoder = new HpackDecoder(4_096)
    const live: string[] = []
    for (let i = 0; i < 500; i++) {
      // Few names with few values, so that an evicted one comes back.
      const field = [`x-${i % 3}`, `${(i * 7) % 5}`]
      const block = encode(encoder, field)
      expect(decode(decoder, block)).toEqual(field)
      const at = live.indexOf(field.join())
      if (at >= 0) expect(block).toEqual(Buffer.from([0x80 | (62 + at)]))
      else live.unshift(field.join())
      live.length = Math.min(live.length, 3)
      expect(tableOf(decoder)).toEqual(live.flatMap((entry) => entry.split(',')))
      expect(encoder.tableSize).toBe(decoder.tableSize)
    }
  })

  it('that are gone leave nothing behind', () => {
    const encoder = new HpackEncoder()
    // What a table holds on to cannot be seen from outside, and is the promise here.
    const { table } = encoder as unknown as { table: { names?: { size: number }; ring: readonly unknown[] } }
    expect(table.names).toBeUndefined()
    expect(table.ring).toHaveLength(0)
    for (let i = 0; i < 1_000; i++) encode(encoder, [`x-${i % 10}`, `${i}`])
    encoder.setPeerTableSize(0)
    expect(table.names?.size).toBe(0)
    expect(encoder.tableSize).toBe(0)
  })
})
