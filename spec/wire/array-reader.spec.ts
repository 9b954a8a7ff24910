import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayReader } from '../../lib/wire/array-reader.ts'
import { byteByByte, bytesOf, cut, jsonValues, mutate, parsed, randomFrom, readAll } from './readers.ts'

const read = (text: string, maxItemBytes?: number) => readAll(arrayReader, [bytesOf(text)], maxItemBytes)
const places = fc.array(fc.nat(), { maxLength: 8 })
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 3 })

describe('the items of an array', () => {
  it('are those of JSON.parse, however the body is cut', () => {
    fc.assert(
      fc.property(fc.array(jsonValues), places, fc.constantFrom(0, 2), (values, at, indent) => {
        const text = JSON.stringify(values, null, indent)
        const expected = { items: JSON.parse(text) as unknown[], error: undefined }
        expect(readAll(arrayReader, cut(bytesOf(text), at))).toEqual(expected)
        expect(readAll(arrayReader, byteByByte(bytesOf(text)))).toEqual(expected)
      }),
    )
  })

  it('may have blanks around them', () => {
    fc.assert(
      fc.property(fc.array(jsonValues), blanks, blanks, places, (values, before, behind, at) => {
        const texts = values.map((value) => before + JSON.stringify(value) + behind)
        const text = `${before}[${texts.length > 0 ? texts.join(',') : before}]${behind}`
        const expected = { items: JSON.parse(text) as unknown[], error: undefined }
        expect(readAll(arrayReader, cut(bytesOf(text), at))).toEqual(expected)
      }),
    )
  })

  it('are handed out when their own last bracket arrives, not at the comma behind it', () => {
    const seen: unknown[] = []
    const reader = arrayReader({ maxItemBytes: 100, onItem: (item) => seen.push(item) })
    reader.push(bytesOf('[{"a":[1]'))
    expect(seen).toEqual([])
    reader.push(bytesOf('}'))
    expect(seen).toEqual([{ a: [1] }])
    reader.push(bytesOf(',\n[2]'))
    expect(seen).toEqual([{ a: [1] }, [2]])
    reader.push(bytesOf(',3'))
    expect(seen).toHaveLength(2)
    reader.push(bytesOf(','))
    expect(seen).toHaveLength(3)
    reader.push(bytesOf('"]}"'))
    reader.push(bytesOf(']'))
    expect(seen).toEqual([{ a: [1] }, [2], 3, ']}'])
    reader.end()
  })
})

describe('an empty stream', () => {
  it.each(['', ' \r\n\t', 'null', ' null ', '{}', ' { } ', '[]', '[ \n ]'])('is %j', (text) => {
    expect(read(text)).toEqual({ items: [], error: undefined })
    expect(readAll(arrayReader, byteByByte(bytesOf(text)))).toEqual({ items: [], error: undefined })
  })

  it.each(['{"a":1}', '1', '0', '""', 'false', 'true', '"text"'])(
    'is not %s, and the error says what is due',
    (text) => {
      expect(read(text)).toMatchObject({
        items: [],
        error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('send a JSON array') },
      })
    },
  )

  it.each(['nul', '{', 'nullnull', '{}{}', 'null[]', '{}[]', '}'])('is not %s, which is no JSON', (text) => {
    expect(read(text)).toMatchObject({
      items: [],
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('not JSON') },
    })
  })
})

describe('a mistake', () => {
  it.each([
    ['[1,2', 'not JSON: the array has no end', [1]],
    ['[1,{"a":2}', 'not JSON: the array has no end', [1, { a: 2 }]],
    ['[', 'not JSON: the array has no end', []],
    ['[1,2,]', 'item 2: not JSON: nothing stands where an item is due', [1, 2]],
    ['[,1]', 'item 0: not JSON: nothing stands where an item is due', []],
    ['[,]', 'item 0: not JSON: nothing stands where an item is due', []],
    ['[1,,2]', 'item 1: not JSON: nothing stands where an item is due', [1]],
    ['[1,{"a":1}{"b":2}]', 'item 1: not JSON: a comma is due', [1, { a: 1 }]],
    ['[{"a":1}5]', 'item 0: not JSON: a comma is due', [{ a: 1 }]],
    ['[{"a":1}5,6]', 'item 0: not JSON: a comma is due', [{ a: 1 }]],
    ['[1]2', 'not JSON: something stands behind the array', [1]],
    ['[1]]', 'not JSON: something stands behind the array', [1]],
    ['[1][2]', 'not JSON: something stands behind the array', [1]],
    ['[1}', /^item 0: not JSON: /, []],
    ['[1,2 3,4]', /^item 1: not JSON: /, [1]],
    ['[1,"a""b"]', /^item 1: not JSON: /, [1]],
    ['[1,[2},3]', /^item 1: not JSON: /, [1]],
    ['[1,{"a":1,},3]', /^item 1: not JSON: /, [1]],
    ['[1,x,3]', /^item 1: not JSON: /, [1]],
    ['[1,{"__proto__":1},3]', /^item 1: JSON holds the key "__proto__"/, [1]],
    [`[1,${'['.repeat(65)}${']'.repeat(65)}]`, /^item 1: JSON is nested deeper/, [1]],
  ])('in %s is named, and what stands before it was handed out', (text, message, before) => {
    for (const chunks of [[bytesOf(text)], byteByByte(bytesOf(text))]) {
      const { items, error } = readAll(arrayReader, chunks)
      expect(items).toEqual(before)
      expect(error?.code).toBe('INVALID_ARGUMENT')
      expect(error?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
    }
  })

  it('in the UTF-8 is one too', () => {
    const bytes = Uint8Array.from([...bytesOf('["é",{"a":"€"},"'), 0xe2, 0x82, 0x22, 0x5d])
    for (const chunks of [[bytes], byteByByte(bytes), cut(bytes, [3, 12, 14])]) {
      const { items, error } = readAll(arrayReader, chunks)
      expect(items).toEqual(['é', { a: '€' }])
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'item 2: the body is not UTF-8' })
    }
    expect(readAll(arrayReader, [bytesOf('[1]'), Uint8Array.of(0xff)])).toMatchObject({
      items: [1],
      error: { code: 'INVALID_ARGUMENT', message: 'the body is not UTF-8' },
    })
  })
})

describe('the size of an item', () => {
  const item = (bytes: number): string => `"${'€'.repeat((bytes - 2) / 3)}"`

  it('may be the limit and no more, counted in bytes', () => {
    expect(read(`[${item(32)},${item(32)}]`, 32).items).toHaveLength(2)
    for (const rest of [']', ',1]', '']) {
      expect(read(`[1,${item(35)}${rest}`, 32)).toMatchObject({
        items: [1],
        error: {
          code: 'RESOURCE_EXHAUSTED',
          reason: 'TOO_LARGE',
          message: 'item 1: message of more than 32 bytes (maxMessageBytes)',
        },
      })
    }
  })

  it('is refused before the item has ended', () => {
    const reader = arrayReader({ maxItemBytes: 10, onItem: () => expect.fail('an item') })
    reader.push(bytesOf('["12345678'))
    reader.push(bytesOf('9'))
    expect(() => reader.push(bytesOf('0'))).toThrow('item 0: message of more than 10 bytes')
  })

  it('does not add up over items', () => {
    expect(read(`[${'"12345678",'.repeat(1_000)}1]`, 10).items).toHaveLength(1_001)
  })

  it('holds for what is no array too', () => {
    expect(read(`{"a":"${'x'.repeat(50)}`, 10).error).toMatchObject({ reason: 'TOO_LARGE' })
  })

  it('is counted once, however small the chunks', () => {
    const text = 'x'.repeat(499_998)
    expect(readAll(arrayReader, byteByByte(bytesOf(`["${text}"]`)), 500_000).items).toEqual([text])
  })
})

it('20,000 damaged bodies give what JSON.parse gives, or an RpcError, and nothing else', () => {
  const seed = Date.now() % 2 ** 32
  const random = randomFrom(seed)
  const parts = [
    '{"a":[1,-2.5e3,null],"b":"é\\u00e9\\n"}',
    '"😀 [{\\"],"',
    '[]',
    '{"d":{"e":[[{}]]}}',
    '0',
    ' true ',
    '"\\\\"',
  ]
  for (let round = 0; round < 20_000; round++) {
    const source = `[${Array.from({ length: random(5) }, () => parts[random(parts.length)]!).join(',')}]`
    const bytes = mutate(bytesOf(source), random)
    const { items, error } = readAll(arrayReader, cut(bytes, [random(99), random(99)]))
    if (agrees(bytes, items, error)) continue
    expect.fail(
      `seed ${seed}, round ${round}: ${JSON.stringify(new TextDecoder().decode(bytes))} gave ${JSON.stringify(items)}, ${error}`,
    )
  }
}, 60_000)

function agrees(bytes: Uint8Array, items: unknown[], error: unknown): boolean {
  const whole = parsed(bytes)
  // Nothing but blanks, null and {} are an empty stream.
  const empty = whole === undefined ? bytes.every(isBlank) : isEmpty(whole.value)
  if (empty) return error === undefined && items.length === 0
  return error === undefined ? isDeepStrictEqual(items, whole?.value) : !Array.isArray(whole?.value)
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
  )
}
