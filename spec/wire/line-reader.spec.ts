import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineReader } from '../../lib/wire/line-reader.ts'
import { byteByByte, bytesOf, cut, jsonValues, mutate, parsed, randomFrom, readAll } from './readers.ts'

const read = (text: string, maxItemBytes?: number) => readAll(lineReader, [bytesOf(text)], maxItemBytes)
const items = fc.array(jsonValues, { maxLength: 8 })
const places = fc.array(fc.nat(), { maxLength: 8 })
const lineEnd = fc.constantFrom('\n', '\r\n', '\n\n', ' \n', '\n \t\r\n')

describe('lines', () => {
  it('are items, however the body is cut', () => {
    fc.assert(
      fc.property(items, lineEnd, fc.boolean(), places, (values, end, last, at) => {
        const text = values.map((value) => JSON.stringify(value)).join(end) + (last ? end : '')
        const bytes = bytesOf(text)
        const expected = { items: JSON.parse(JSON.stringify(values)) as unknown[], error: undefined }
        expect(readAll(lineReader, cut(bytes, at))).toEqual(expected)
        expect(readAll(lineReader, byteByByte(bytes))).toEqual(expected)
      }),
    )
  })

  it('are handed out when their end arrives, and the last one when the body ends', () => {
    const seen: unknown[] = []
    const reader = lineReader({ maxItemBytes: 100, onItem: (item) => seen.push(item) })
    reader.push(bytesOf('{"a":1}'))
    expect(seen).toEqual([])
    reader.push(bytesOf('\n{"a":2'))
    expect(seen).toEqual([{ a: 1 }])
    reader.push(bytesOf('}'))
    reader.end()
    expect(seen).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('that are empty are skipped, and counted', () => {
    const { items: seen, error } = read('\n\n1\n \t\r\n2\nx\n3')
    expect(seen).toEqual([1, 2])
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^line 6: not JSON/),
    })
  })

  it('that hold nothing at all are no items', () => {
    expect(read('')).toEqual({ items: [], error: undefined })
    expect(read(' \n\r\n')).toEqual({ items: [], error: undefined })
  })
})

describe('a bad line', () => {
  it.each([
    ['is no JSON', '{"a":', /^line 3: not JSON: /],
    ['holds two values', '1 2', /^line 3: not JSON: /],
    ['is nested too deep', '['.repeat(65) + ']'.repeat(65), /^line 3: JSON is nested deeper/],
    ['holds a refused key', '{"__proto__":1}', /^line 3: JSON holds the key "__proto__"/],
    ['begins with a byte order mark', '\uFEFF1', /^line 3: not JSON: /],
  ])('that %s is named, and those before it were handed out', (_, line, message) => {
    const bytes = bytesOf(`1\n2\n${line}\n4\n`)
    for (const chunks of [[bytes], byteByByte(bytes)]) {
      const { items: seen, error } = readAll(lineReader, chunks)
      expect(seen).toEqual([1, 2])
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) })
    }
  })

  it.each([
    ['in the middle', [0x22, 0xff, 0x22, 0x0a]],
    ['cut short by the end of the line', [0x22, 0xe2, 0x82, 0x0a]],
    ['cut short by the end of the body', [0x22, 0xe2, 0x82]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22, 0x0a]],
    ['longer than need be', [0x22, 0xc0, 0xaf, 0x22, 0x0a]],
  ])('that is no UTF-8 (%s) is named, and those before it were handed out', (_, line) => {
    const bytes = Uint8Array.from([...bytesOf('"é"\n"€"\n'), ...line])
    for (const chunks of [[bytes], byteByByte(bytes), cut(bytes, [2, 7, 9]), cut(bytes, [6, 11])]) {
      const { items: seen, error } = readAll(lineReader, chunks)
      expect(seen).toEqual(['é', '€'])
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'line 3: the body is not UTF-8' })
    }
  })
})

describe('the size of a line', () => {
  it('may be the limit and no more, counted in bytes', () => {
    const line = (bytes: number): string => `"${'€'.repeat((bytes - 2) / 3)}"`
    expect(read(`${line(32)}\n${line(32)}`, 32).items).toHaveLength(2)
    for (const end of ['\n', '']) {
      const { items: seen, error } = read(`1\n${line(35)}${end}`, 32)
      expect(seen).toEqual([1])
      expect(error).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        reason: 'TOO_LARGE',
        message: 'line 2: message of more than 32 bytes (maxMessageBytes)',
      })
    }
  })

  it('is refused before the line has ended', () => {
    const reader = lineReader({ maxItemBytes: 10, onItem: () => expect.fail('an item') })
    reader.push(bytesOf('"12345678'))
    reader.push(bytesOf('9'))
    expect(() => reader.push(bytesOf('0'))).toThrow('line 1: message of more than 10 bytes')
  })

  it('does not add up over lines', () => {
    expect(read('"12345678"\n'.repeat(1_000), 10).items).toHaveLength(1_000)
  })

  // Counting what is pending anew for each chunk made this quadratic: minutes of work for one megabyte.
  it('is counted once, however small the chunks', () => {
    const bytes = bytesOf(`"${'x'.repeat(499_998)}"`)
    expect(readAll(lineReader, byteByByte(bytes), 500_000).items).toEqual(['x'.repeat(499_998)])
  })
})

it('20,000 damaged bodies give items that JSON.parse gives, or an RpcError, and nothing else', () => {
  const seed = Date.now() % 2 ** 32
  const random = randomFrom(seed)
  const lines = [
    '{"a":[1,-2.5e3,null],"b":"é\\u00e9\\n"}',
    '"😀 [{"',
    '[]',
    '{"deep":{"er":[[{}]]}}',
    '0',
    'true',
    '',
  ]
  for (let round = 0; round < 20_000; round++) {
    const source = Array.from({ length: 1 + random(5) }, () => lines[random(lines.length)]!).join('\n')
    const bytes = mutate(bytesOf(source), random)
    const { items: seen, error } = readAll(lineReader, cut(bytes, [random(99), random(99)]))
    const { good, whole } = expectedOf(bytes)
    if ((error === undefined) === whole && isDeepStrictEqual(seen, good)) continue
    expect.fail(
      `seed ${seed}, round ${round}: ${JSON.stringify(new TextDecoder().decode(bytes))} gave ${JSON.stringify(seen)}, ${error}`,
    )
  }
}, 60_000)

/** The values before the first line that JSON.parse refuses. */
function expectedOf(bytes: Uint8Array): { good: unknown[]; whole: boolean } {
  const good: unknown[] = []
  for (let from = 0; from <= bytes.length;) {
    const end = bytes.indexOf(10, from)
    const line = bytes.subarray(from, end < 0 ? bytes.length : end)
    from = end < 0 ? bytes.length + 1 : end + 1
    if (line.every((byte) => byte === 32 || byte === 9 || byte === 13)) continue
    const one = parsed(line)
    if (!one) return { good, whole: false }
    good.push(one.value)
  }
  return { good, whole: true }
}
