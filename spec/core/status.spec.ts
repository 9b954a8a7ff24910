import { describe, expect, expectTypeOf, it } from 'vitest'
import { RpcError, type ErrorCode } from 'microapi-ts'
import { httpStatus, isErrorCode, statusNumber, statusOfNumber, type Status } from '../../lib/core/status.ts'

/** As the guide's table of codes says, gRPC's numbers and HTTP's. */
const table: readonly (readonly [Status, number, number])[] = [
  ['OK', 0, 200],
  ['CANCELLED', 1, 499],
  ['UNKNOWN', 2, 500],
  ['INVALID_ARGUMENT', 3, 400],
  ['DEADLINE_EXCEEDED', 4, 504],
  ['NOT_FOUND', 5, 404],
  ['ALREADY_EXISTS', 6, 409],
  ['PERMISSION_DENIED', 7, 403],
  ['RESOURCE_EXHAUSTED', 8, 429],
  ['FAILED_PRECONDITION', 9, 400],
  ['ABORTED', 10, 409],
  ['OUT_OF_RANGE', 11, 400],
  ['UNIMPLEMENTED', 12, 501],
  ['INTERNAL', 13, 500],
  ['UNAVAILABLE', 14, 503],
  ['DATA_LOSS', 15, 500],
  ['UNAUTHENTICATED', 16, 401],
]

describe('the status table', () => {
  it.each(table)('says %s is %i, HTTP %i', (name, number, http) => {
    expect(statusNumber(name)).toBe(number)
    expect(httpStatus(name)).toBe(http)
    expect(statusOfNumber(number)).toBe(name)
    expect(isErrorCode(name)).toBe(name !== 'OK')
  })

  it.each([-1, 17, 1.5, Number.NaN])('reads the number %d as UNKNOWN', (number) => {
    expect(statusOfNumber(number)).toBe('UNKNOWN')
  })

  it.each([undefined, 3, 'not_found', 'constructor', '__proto__', 'toString'])(
    'knows no code %j',
    (value) => {
      expect(isErrorCode(value)).toBe(false)
    },
  )

  it('is what RpcError takes its number from', () => {
    expect(new RpcError('NOT_FOUND', 'x').status).toBe(5)
  })

  it('has no OK among the codes of errors', () => {
    expectTypeOf<'OK'>().not.toExtend<ErrorCode>()
    expectTypeOf<'ABORTED'>().toExtend<ErrorCode>()
  })
})
