import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../lib/cli/duration.ts'
import { jsonFault, parseJsonText } from '../../lib/cli/json-text.ts'

describe('where a text stops being JSON', () => {
  it.each([
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['{"a"', 4],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{"a":1', 6],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{1:1}', 1],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[1}', 2],
    ['{"a":[1]]', 8],
    ['1 1', 2],
    ['01', 1],
    ['-', 0],
    ['1.', 1],
    ['nul', 0],
    ['undefined', 0],
    ['"a', 2],
    ['"a\\', 2],
    [String.raw`"\x41"`, 1],
    [String.raw`"ab\u12"`, 3],
    ['"a\nb"', 2],
    ['{} {}', 3],
    [']', 0],
    [':', 0],
  ])('%j: %d', (text, at) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
    expect(jsonFault(text)).toBe(at)
  })

  it('is the end of a text that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonFault(`${text} `)).toBe(text.length + 1)
      }),
    )
  })

  it('is no further than what JSON.parse complains of, and apart from it by a part of one word at most', () => {
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', ',', ':', '{', '}', '[', ']', '\\', 'e', '-', '0', '\n'),
      )
      .map(([text, at, more]) => {
        const i = at % (text.length + 1)
        return text.slice(0, i) + more + text.slice(i + 1)
      })
    fc.assert(
      fc.property(broken, (text) => {
        const message = complaintOf(text)
        if (message === undefined) return
        const fault = jsonFault(text)
        expect(fault).toBeLessThanOrEqual(text.length)
        const said = /at position (\d+)/.exec(message)?.[1]
        if (said === undefined) return
        expect(fault).toBeLessThanOrEqual(Number(said))
        expect(text.slice(fault, Number(said))).toMatch(/^([\w.+-]*|\\u?[\da-f]*)$/i)
      }),
      { numRuns: 2_000 },
    )
  })
})

function complaintOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('JSON that a person wrote', () => {
  it('is read as JSON.parse does, whatever mark stands before it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJsonText(`\uFEFF${text}`)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is told with its line where there are several', () => {
    expect(() => parseJsonText('{\n  "a": 1,\n  b: 2\n}')).toThrow(
      'not JSON at line 3, character 3, where "b: 2\\n}" stands',
    )
    expect(() => parseJsonText('[')).toThrow('not JSON at character 2, where it ends')
  })

  it('may be large', () => {
    const text = `{"a":"${'x'.repeat(5_000_000)}","b":${'['.repeat(1_000)}`
    expect(jsonFault(text)).toBe(text.length)
  })
})

describe('a span of time', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5', 's', '0s', '-1s', '5 s', '5sec', '1e3ms', 'Infinity', '5toString'])(
    '%j is none',
    (text) => {
      expect(() => parseDuration(text)).toThrow('write a number and its unit, as in 500ms, 5s or 2m.')
    },
  )
})
