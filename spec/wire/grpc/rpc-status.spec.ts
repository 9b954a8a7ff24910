import fc from 'fast-check'
import { RpcError, type RpcErrorOptions } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { statusOfNumber, type ErrorCode } from '../../../lib/core/status.ts'
import { encodeValue } from '../../../lib/wire/grpc/google-value.ts'
import { bytesField, varintField } from '../../../lib/wire/grpc/proto-bytes.ts'
import { decodeStatus, encodeStatusDetails } from '../../../lib/wire/grpc/rpc-status.ts'
import { any, read, structOf, valueOf, write } from './google.ts'

const codes = fc.integer({ min: 1, max: 16 }).map((number) => statusOfNumber(number) as ErrorCode)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const details = fc.oneof(fc.constant(undefined), fc.jsonValue({ noUnicodeString: false, maxDepth: 3 }))
const errors = fc
  .tuple(
    codes,
    text,
    fc.option(text, { nil: undefined }),
    details,
    fc.option(fc.boolean(), { nil: undefined }),
  )
  .map(
    ([code, message, reason, given, retryable]) =>
      new RpcError(code, message, { reason, details: given, retryable }),
  )

/** What crosses the wire of an error. */
const seen = ({ code, message, reason, details: given, retryable }: RpcError) => ({
  code,
  message,
  reason,
  details: given,
  retryable,
})
const round = (error: RpcError): RpcError =>
  decodeStatus(error.status, error.message, encodeStatusDetails(error, 'shop'))
const make = (options: RpcErrorOptions, code: ErrorCode = 'ABORTED'): RpcError =>
  new RpcError(code, 'no', options)

describe('google.rpc.Status', () => {
  it('brings back what an error says', () => {
    fc.assert(
      fc.property(errors, (error) => {
        // An empty reason is none.
        expect(seen(round(error))).toEqual({ ...seen(error), reason: error.reason || undefined })
      }),
      { numRuns: 1_000 },
    )
  })

  it('is left out where status and message say everything', () => {
    expect(encodeStatusDetails(make({}), 'shop')).toBeUndefined()
    expect(encodeStatusDetails(make({}, 'UNAVAILABLE'), 'shop')).toBeUndefined()
  })

  it('is there where only `retryable` differs from the usual, or the details are null', () => {
    expect(round(make({ retryable: false }, 'UNAVAILABLE'))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    })
    expect(round(make({ retryable: true }))).toMatchObject({ retryable: true })
    expect(round(make({ details: null })).details).toBeNull()
    expect(round(make({})).details).toBeUndefined()
  })

  it('holds what protobufjs reads: code, message, an ErrorInfo and then the details', () => {
    const error = make({ reason: 'OUT_OF_STOCK', details: { left: 3 }, retryable: true })
    const { code, message, details: parts } = read('google.rpc.Status', encodeStatusDetails(error, 'shop')!)
    expect({ code, message }).toEqual({ code: 10, message: 'no' })
    const [info, struct] = parts as { type_url: string; value: Uint8Array }[]
    expect([info!.type_url, struct!.type_url]).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.protobuf.Struct',
    ])
    expect(read('google.rpc.ErrorInfo', info!.value)).toEqual({
      reason: 'OUT_OF_STOCK',
      domain: 'shop',
      metadata: { retryable: 'true' },
    })
    expect(read('google.protobuf.Struct', struct!.value)).toEqual(structOf({ left: 3 }))
    expect(parts).toHaveLength(2)
  })

  it('of any error is what protobufjs writes', () => {
    fc.assert(
      fc.property(errors, (error) => {
        const bytes = encodeStatusDetails(error, 'shop')
        fc.pre(bytes !== undefined)
        const { details: given, retryable } = error
        const metadata =
          retryable === (error.code === 'UNAVAILABLE') ? {} : { metadata: { retryable: String(retryable) } }
        const parts = [
          any('google.rpc.ErrorInfo', { reason: error.reason ?? '', domain: 'shop', ...metadata }),
        ]
        const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
        if (isObject) parts.push(any('google.protobuf.Struct', structOf(given as Record<string, unknown>)))
        else if (given !== undefined) parts.push(any('google.protobuf.Value', valueOf(given)))
        const theirs = { code: error.status, message: error.message, details: parts }
        expect(read('google.rpc.Status', bytes)).toEqual(
          read('google.rpc.Status', write('google.rpc.Status', theirs)),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('of others is read: details of kinds that we do not know are passed over', () => {
    const bytes = write('google.rpc.Status', {
      code: 9,
      message: 'theirs',
      details: [
        any('google.rpc.Status', { code: 1 }),
        any('google.protobuf.Value', valueOf([1, 'a'])),
        any('google.rpc.ErrorInfo', { reason: 'R', domain: 'd', metadata: { a: 'b', retryable: 'true' } }),
      ],
    })
    expect(seen(decodeStatus(9, 'theirs', bytes))).toEqual({
      code: 'FAILED_PRECONDITION',
      message: 'theirs',
      reason: 'R',
      details: [1, 'a'],
      retryable: true,
    })
  })

  it('may have the fields of an entry of its metadata in either order', () => {
    const entry = Buffer.concat([bytesField(2, 'true'), bytesField(1, 'retryable')])
    const info = Buffer.concat([bytesField(1, 'R'), bytesField(3, entry)])
    const part = Buffer.concat([
      bytesField(1, 'type.googleapis.com/google.rpc.ErrorInfo'),
      bytesField(2, info),
    ])
    expect(decodeStatus(10, '', bytesField(3, part))).toMatchObject({ reason: 'R', retryable: true })
  })
})

describe('a status number', () => {
  it.each([0, 17, 999, -1, Number.NaN, 1.5])('%d is UNKNOWN', (number) => {
    expect(decodeStatus(number, 'm', undefined)).toMatchObject({ code: 'UNKNOWN', message: 'm' })
  })
})

describe('details that cannot be read', () => {
  const expected = {
    code: 'NOT_FOUND',
    message: 'm',
    reason: undefined,
    details: undefined,
    retryable: false,
  }

  it.each([
    ['cut', Buffer.from('1a05', 'hex')],
    ['no protobuf', Buffer.from('hello, world')],
    ['a number where a message is due', varintField(3, 5)],
    ['an Any of nothing', bytesField(3, '')],
    ['no octets', Buffer.alloc(0)],
  ])('(%s) are left out', (_, bytes) => {
    expect(seen(decodeStatus(5, 'm', bytes))).toEqual(expected)
  })

  it('(nested too deep) are left out', () => {
    const nested: unknown = JSON.parse('['.repeat(500) + ']'.repeat(500))
    const part = Buffer.concat([
      bytesField(1, 'type.googleapis.com/google.protobuf.Value'),
      bytesField(2, encodeValue(nested)),
    ])
    expect(seen(decodeStatus(5, 'm', bytesField(3, part)))).toEqual(expected)
  })
})

describe('details of a failure', () => {
  it('survive as deep as JSON may be nested', () => {
    let nested: unknown = 1
    for (let i = 0; i < 64; i++) nested = { a: nested }
    expect(round(make({ details: nested })).details).toEqual(nested)
  })

  it('with a key __proto__ change no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}') as unknown
    const error = round(make({ details: hostile }))
    expect(JSON.stringify(error.details)).toBe(JSON.stringify(hostile))
    expect((error.details as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
