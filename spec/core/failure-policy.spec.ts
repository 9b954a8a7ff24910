import { Type } from '@sinclair/typebox'
import { defineService, Empty, rpc, RpcError, type MethodOptions } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { failurePolicy, type FailureOptions } from '../../lib/core/failure-policy.ts'

const internal = new RpcError('INTERNAL', 'internal error')
const mistake = new RpcError('INVALID_ARGUMENT', 'no number')

/** What becomes of a message that fails in the same way each time. */
function fate(kind: 'unary' | 'event', options: FailureOptions, error: RpcError): unknown[] {
  const policy = failurePolicy(kind, options)
  const fates: unknown[] = []
  for (let attempt = 1; ; attempt++) {
    const verdict = policy.judge(error, attempt)
    if (verdict.fate !== 'retry') return [...fates, verdict.fate]
    fates.push(verdict.delayMs)
  }
}

describe('a failure policy', () => {
  it('of a unary call is one attempt, whose caller hears of it', () => {
    expect(fate('unary', {}, internal)).toEqual(['end'])
    expect(fate('unary', { deadLetter: true }, internal)).toEqual(['deadLetter'])
  })

  it('of an event is four attempts behind growing pauses, and a dead letter', () => {
    expect(fate('event', {}, internal)).toEqual([1_000, 2_000, 4_000, 'deadLetter'])
    expect(fate('event', { deadLetter: false }, internal)).toEqual([1_000, 2_000, 4_000, 'end'])
  })

  it('has the pauses that it is told, to the longest', () => {
    const backoff = { initialMs: 15, factor: 1.5, maxMs: 30 }
    expect(fate('unary', { retry: { attempts: 5, backoff } }, internal)).toEqual([15, 23, 30, 30, 'end'])
  })

  it.each([
    ['retryable', new RpcError('RESOURCE_EXHAUSTED', 'later', { retryable: true }), true],
    ['UNAVAILABLE', new RpcError('UNAVAILABLE', 'gone'), true],
    ['INTERNAL', internal, true],
    ['DEADLINE_EXCEEDED', new RpcError('DEADLINE_EXCEEDED', 'too long'), true],
    ['UNAVAILABLE and not retryable', new RpcError('UNAVAILABLE', 'sold', { retryable: false }), false],
    ["the caller's mistake", mistake, false],
  ])('tries again what may pass: %s', (_, error, again) => {
    expect(fate('event', { retry: { attempts: 2, backoff: { initialMs: 5 } } }, error)).toEqual(
      again ? [5, 'deadLetter'] : ['deadLetter'],
    )
  })

  it("keeps a caller's mistake as a dead letter for an event alone: else its caller is told", () => {
    expect(fate('event', {}, mistake)).toEqual(['deadLetter'])
    expect(fate('unary', { deadLetter: true, retry: { attempts: 3 } }, mistake)).toEqual(['end'])
  })
})

describe('options that make no sense are refused where the service is defined', () => {
  const unary = (options: MethodOptions) => () =>
    defineService({ check: rpc.unary(Empty, Empty, options as {}) })

  it.each([
    [
      unary({ retry: { attempts: 0 } }),
      'method "check": retry.attempts is 0; use a whole number from 1 to 1000',
    ],
    [unary({ retry: { attempts: 1.5 } }), 'retry.attempts is 1.5'],
    [unary({ retry: { attempts: 1_001 } }), 'retry.attempts is 1001'],
    [
      unary({ retry: { attempts: 2, backoff: { initialMs: 0 } } }),
      'retry.backoff.initialMs is 0; use a number above 0',
    ],
    [unary({ retry: { attempts: 2, backoff: { factor: Number.NaN } } }), 'retry.backoff.factor is NaN'],
    [
      unary({ retry: { attempts: 2, backoff: { maxMs: Number.POSITIVE_INFINITY } } }),
      'retry.backoff.maxMs is Infinity',
    ],
    [
      () => defineService({ watch: rpc.serverStream(Empty, Type.Object({}), { deadLetter: true }) }),
      'method "watch": retry and deadLetter are for unary methods and events; a stream is not kept',
    ],
  ])('%#', (define, message) => {
    expect(define).toThrow(message)
  })
})
