import fc from 'fast-check'
import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { readHead } from '../../../lib/wire/session/call-head.ts'
import { readEnvelope } from '../../../lib/wire/session/envelope.ts'
import { refusedPayload } from '../../../lib/wire/session/refused-payload.ts'
import { readCredit } from '../../../lib/wire/session/window.ts'
import { VirtualClock } from './simulation/virtual-clock.ts'

const settings = { negotiated: true, maxMessageBytes: 1_000, maxDepth: 4, clock: new VirtualClock() }
const isTextOrNothing = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === 'string'

/** Any JSON under any of the keys. */
const anyKeys = fc.record(
  Object.fromEntries(
    ['type', 'service', 'method', 'id', 'payload', 'metadata', 'error', 'more'].map((key) => [
      key,
      fc.oneof(fc.string(), fc.jsonValue()),
    ]),
  ) as Record<string, fc.Arbitrary<unknown>>,
  { requiredKeys: [] },
)

describe('readEnvelope', () => {
  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const envelope = readEnvelope(text)
        expect(envelope === undefined || typeof envelope.type === 'string').toBe(true)
      }),
    )
  })

  it('takes what has a type, and nothing of a wrong kind where kinds matter', () => {
    fc.assert(
      fc.property(anyKeys, (value) => {
        const text = JSON.stringify(value)
        const { type, service, method, id, metadata } = JSON.parse(text) as Record<string, unknown>
        const isOne =
          typeof type === 'string' &&
          [service, method, id].every(isTextOrNothing) &&
          (metadata === undefined || typeof metadata === 'object')
        expect(readEnvelope(text)).toEqual(isOne ? JSON.parse(text) : undefined)
      }),
    )
  })

  it('takes ids of up to 1,024 characters', () => {
    const read = (length: number): unknown =>
      readEnvelope(JSON.stringify({ type: 'x', id: 'i'.repeat(length) }))
    expect(read(1_024)).toEqual({ type: 'x', id: 'i'.repeat(1_024) })
    expect(read(1_025)).toBeUndefined()
  })
})

describe('refusedPayload', () => {
  const refusal = (payload: unknown): RpcError | undefined => {
    const text = JSON.stringify({ type: 'request', id: 'a'.repeat(500), payload })
    return refusedPayload(text, Buffer.byteLength(text), readEnvelope(text)!, settings)
  }

  it('measures the payload alone, in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 300, maxLength: 1_200 }), (payload) => {
        const isTooLarge = Buffer.byteLength(JSON.stringify(payload)) > 1_000
        expect(refusal(payload)?.reason).toBe(isTooLarge ? 'TOO_LARGE' : undefined)
      }),
    )
  })

  it('counts the depth of the payload alone', () => {
    expect(refusal([[[[]]]])).toBeUndefined()
    expect(settings.maxDepth).toBe(4)
    expect(refusal([[[[[]]]]])?.message).toBe('JSON is nested deeper than 4 levels (maxDepth)')
    const text = JSON.stringify({ type: 'error', id: 'a', details: [[[[[]]]]] })
    const envelope = readEnvelope(text)!
    expect(refusedPayload(text, text.length, envelope, settings)?.message).toContain('deeper than 4 levels')
    expect(refusedPayload(text, text.length, { ...envelope, details: [[[[]]]] }, settings)).toBeUndefined()
  })
})

describe('readHead', () => {
  it('reads any metadata, or says INVALID_ARGUMENT', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue())), (json) => {
        try {
          const { metadata } = readHead(json)
          for (const [key, value] of metadata ?? []) {
            const given = Object.entries(json).filter(([name]) => name.toLowerCase() === key)
            expect(given.at(-1)![1]).toBe(value)
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'RpcError', code: 'INVALID_ARGUMENT' })
        }
      }),
    )
  })

  it('takes the time out of the metadata, a number too', () => {
    expect(readHead({ 'timeout-ms': '250' })).toEqual({ metadata: undefined, timeoutMs: 250 })
    expect(readHead({ 'timeout-ms': 250 }).timeoutMs).toBe(250)
    const head = readHead({ 'timeout-ms': '1', a: 'b' })
    expect([...head.metadata!]).toEqual([['a', 'b']])
  })

  it.each([['-1'], ['1.5'], [''], [{ toString: 1 }], [['5']], [null], [true], ['1e3'], [1e21], [-1]])(
    'refuses a time of %j',
    (value) => {
      expect(() => readHead({ 'timeout-ms': value })).toThrow(RpcError)
    },
  )
})

describe('readCredit', () => {
  it('takes whole numbers, and at least one item', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.jsonValue()), fc.oneof(fc.nat(), fc.jsonValue()), (items, bytes) => {
        const isOne =
          Number.isSafeInteger(items) &&
          Number.isSafeInteger(bytes) &&
          Number(items) > 0 &&
          Number(bytes) >= 0
        expect(readCredit({ items, bytes })).toEqual(isOne ? { items, bytes } : undefined)
      }),
    )
  })

  it('takes any JSON without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(readCredit(payload)).toBeUndefined()
      }),
    )
  })
})
