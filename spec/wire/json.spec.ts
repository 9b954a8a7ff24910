import fc from 'fast-check'
import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../lib/wire/json.ts'
import { pollutes } from './readers.ts'

const nested = (depth: number, open = '[', close = ']'): string => open.repeat(depth) + close.repeat(depth)
const refusal = (text: string, maxDepth?: number): RpcError => {
  try {
    parseJson(text, maxDepth)
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error(`${text.slice(0, 50)} was accepted`)
}

/** The value, or what it was refused with: the message up to what differs. */
function outcome(text: string, maxDepth?: number): { value: unknown } | { refused: string } {
  try {
    return { value: parseJson(text, maxDepth) }
  } catch (error) {
    const { message } = error as RpcError
    return { refused: /^JSON (holds the key|is nested deeper)/.exec(message)?.[0] ?? message }
  }
}

/** How deep the arrays and objects of a value go. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('what comes in', () => {
  it('is what JSON.parse makes of it, unless it holds a refused key', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = JSON.parse(text) as unknown
        expect(outcome(text)).toEqual(pollutes(value) ? { refused: 'JSON holds the key' } : { value })
      }),
    )
  })

  it('is refused where JSON.parse refuses it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let expected: unknown
        try {
          expected = { value: JSON.parse(text) as unknown }
        } catch {
          expected = { refused: expect.stringMatching(/^not JSON: ./) as unknown }
        }
        expect(outcome(text)).toEqual(expected)
      }),
    )
  })

  it.each([
    'hunter2',
    '{"password":hunter2}',
    '{"password":"hunter2"',
    '{"password":"hunter2" "a":1}',
    `{"${'a'.repeat(40)}":hunter2,"${'b'.repeat(40)}":1}`,
    '["hunter2", ""hunter2]',
    'hunter2" is not valid JSON',
  ])('is not quoted where it is none: %s', (text) => {
    const { refused } = outcome(text) as { refused: string }
    expect(refused).toMatch(/^not JSON: \w/)
    expect(refused).not.toMatch(/hunter|"\w/)
  })

  it('may hold one key twice: the last one wins', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 })
  })
})

describe('nesting', () => {
  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":', '}]'],
  ])('of %s may be 64 deep and no deeper', (_, open, close) => {
    const levels = open.includes('[{') ? 2 : 1
    const inner = open.endsWith(':') ? '1' : ''
    const text = (depth: number): string => open.repeat(depth / levels) + inner + close.repeat(depth / levels)
    expect(depthOf(parseJson(text(64)))).toBe(64)
    expect(refusal(text(64 + levels))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'JSON is nested deeper than 64 levels (maxDepth)',
    })
  })

  it('is counted exactly, whatever else stands in the text', () => {
    const strings = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'a', '\n', 'é') })
    const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 8, withCrossShrink: true },
        strings,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(strings, tie('value'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 8 }), (value, maxDepth) => {
        const text = JSON.stringify(value)
        const tooDeep = depthOf(value) > maxDepth
        expect(outcome(text, maxDepth)).toEqual(tooDeep ? { refused: 'JSON is nested deeper' } : { value })
      }),
    )
  })

  it('in brackets within strings does not count', () => {
    const text = JSON.stringify({ a: `${'['.repeat(500)}"\\"${'{'.repeat(500)}` })
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('of any depth is refused before it is parsed', () => {
    expect(refusal(nested(1_000_000)).message).toContain('nested deeper')
    expect(refusal('['.repeat(1_000_000)).message).toContain('nested deeper')
    expect(refusal('{"a":'.repeat(200_000)).message).toContain('nested deeper')
  })
})

describe('keys that could change a prototype', () => {
  it.each([
    '{"__proto__":{"admin":true}}',
    '{"__proto__":null}',
    '{"__proto__":1}',
    '[[{"a":[{"__proto__":{}}]}]]',
    String.raw`{"\u005f_proto__":{}}`,
    String.raw`{"\u005f\u005f\u0070roto__":{}}`,
    String.raw`{"\u005F\u005Fproto\u005f\u005F":1}`,
    '{"constructor":{"prototype":{}}}',
    '{"a":{"constructor":{"prototype":null}}}',
    String.raw`{"\u0063onstructor":{"prototype":{}}}`,
    String.raw`{"constructor":{"\u0070rototype":{}}}`,
  ])('%s is refused', (text) => {
    const error = refusal(text)
    expect(error.code).toBe('INVALID_ARGUMENT')
    expect(error.message).toMatch(
      /^JSON holds the key "(__proto__|constructor\.prototype)", which is refused$/,
    )
  })

  it.each([
    '{"constructor":"of bridges"}',
    '{"constructor":{"name":"x"}}',
    '{"prototype":{"constructor":{}}}',
    '{"text":"__proto__ and constructor.prototype"}',
    String.raw`{"text":"\u005f_proto__"}`,
    '{"__proto":1,"_proto__":2}',
    '["__proto__","constructor","prototype"]',
  ])('%s is none', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('are found wherever they stand and however they are written', () => {
    const escaped = (key: string, which: readonly boolean[]): string =>
      Array.from(key, (char, i) =>
        which[i % which.length] ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char,
      ).join('')
    const around = fc.array(fc.constantFrom('array', 'object'), { maxLength: 10 })
    const which = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(around, which, (shapes, flags) => {
        const bad = `{"before":1,"${escaped('__proto__', flags)}":{}}`
        const text = shapes.reduce(
          (inner, shape) => (shape === 'array' ? `[0,${inner}]` : `{"k":${inner}}`),
          bad,
        )
        expect(refusal(text).message).toContain('"__proto__"')
      }),
    )
  })

  it('leave the prototype of all objects alone', () => {
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(() => parseJson('{"__proto__":{"admin":true}}')).toThrow(RpcError)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
