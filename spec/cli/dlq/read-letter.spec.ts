import { expect, it } from 'vitest'
import { judge, readContent } from '../../../lib/cli/dlq/read-letter.ts'
import type { DeadLetter } from '../../../lib/wire/broker/dead-letters.ts'

const letterOf = (payload: unknown): DeadLetter => ({
  id: '1',
  error: undefined,
  attempts: undefined,
  failedAt: undefined,
  sentTo: {},
  content: Buffer.from(JSON.stringify({ type: 'request', id: 'a', service: 's', method: 'm', payload })),
  isReplayed: false,
})
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

it('a payload may be nested as deep as servers take it, and what it says beyond that is their limit', () => {
  const verdict = (depth: number) => {
    const letter = letterOf(nested(depth))
    return judge(letter, readContent(letter), undefined)
  }
  expect(verdict(64)).toBeUndefined()
  expect(verdict(65)).toEqual({ valid: false, why: 'JSON is nested deeper than 64 levels (maxDepth)' })
})
