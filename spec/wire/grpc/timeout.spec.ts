import fc from 'fast-check'
import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { formatGrpcTimeout, parseGrpcTimeout } from '../../../lib/wire/grpc/timeout.ts'

const units = { n: 1e-6, u: 1e-3, m: 1, S: 1e3, M: 6e4, H: 36e5 } as const

describe('grpc-timeout, read', () => {
  it('is one to eight digits and a unit', () => {
    fc.assert(
      fc.property(
        fc.nat(99_999_999),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(...Object.entries(units)),
        (value, zeros, [unit, ms]) => {
          const digits = String(value).padStart(zeros, '0')
          expect(parseGrpcTimeout(digits + unit)).toBeCloseTo(value * ms, 6)
        },
      ),
    )
  })

  it.each([
    ['1n', 1e-6],
    ['1000u', 1],
    ['500m', 500],
    ['2S', 2_000],
    ['3M', 180_000],
    ['4H', 14_400_000],
    ['0m', 0],
    ['99999999H', 359_999_996_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseGrpcTimeout(text)).toBe(ms)
  })

  const bad = '|1|m|123456789m|1 m| 1m|1m |-1m|+1m|1.5S|1e3m|0x1m|1s|1h|1ms|1mm|١m|1m\n|NaNm|m1|1m, 2m'.split(
    '|',
  )

  it.each(bad)('%j is INVALID_ARGUMENT', (text) => {
    expect(() => parseGrpcTimeout(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as RpcError,
    )
  })

  it('is milliseconds or a refusal, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        let ms: number
        try {
          ms = parseGrpcTimeout(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
          return
        }
        expect(text).toMatch(/^[0-9]{1,8}[numSMH]$/)
        expect(Number.isFinite(ms) && ms >= 0).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('of a long text is refused at once', () => {
    expect(() => parseGrpcTimeout('1'.repeat(1_000_000))).toThrow(RpcError)
  })
})

describe('grpc-timeout, written', () => {
  it('has at most eight digits, never less than what is left, and less than a unit more', () => {
    const left = fc.oneof(
      fc.nat(),
      fc.nat({ max: 359_999_996_400_000 }).map((eighths) => eighths / 8),
      fc.nat({ max: 359_999_996_400_000 }),
      fc.constantFrom(
        0,
        0.1,
        99_999_998.5,
        99_999_999,
        1e8 - 0.5,
        1e8,
        1e8 + 1,
        99_999_999_000,
        1e11 - 0.5,
        1e11,
      ),
    )
    fc.assert(
      fc.property(left, (ms) => {
        const text = formatGrpcTimeout(ms)
        expect(text).toMatch(/^[0-9]{1,8}[mSH]$/)
        const read = parseGrpcTimeout(text)
        const longest = 99_999_999 * units.H
        expect(read).toBeGreaterThanOrEqual(Math.min(ms, longest))
        const unit = units[text.at(-1) as keyof typeof units]
        expect(read - ms).toBeLessThan(unit === units.H ? unit + units.S : unit)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    [0, '0m'],
    [0.1, '1m'],
    [1, '1m'],
    [1_000.5, '1001m'],
    [99_999_999, '99999999m'],
    [1e8, '100000S'],
    [1e8 + 1, '100001S'],
    [1e11 - 1_000, '99999999S'],
    [1e11, '27778H'],
    [1e17, '99999999H'],
    [Number.MAX_SAFE_INTEGER, '99999999H'],
    [Number.POSITIVE_INFINITY, '99999999H'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatGrpcTimeout(ms)).toBe(text)
  })

  it('of what has passed is 0', () => {
    expect(formatGrpcTimeout(-1)).toBe('0m')
    expect(formatGrpcTimeout(Number.NEGATIVE_INFINITY)).toBe('0m')
  })
})
