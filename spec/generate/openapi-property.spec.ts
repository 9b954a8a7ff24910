import fc from 'fast-check'
import { defineService, Empty, rpc } from 'microapi-ts'
import { generateAsyncApi, generateOpenApi } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { compileSchema, type CompiledSchema } from '../../lib/core/schema/compile.ts'
import { validator } from './openapi-checks.ts'
import { messages, type Sample } from './openapi-samples.ts'

const slow = { timeout: 120_000 }

/** A default inside of a union that no tag tells apart is refused when an app is made. */
function compiled({ schema }: Sample): CompiledSchema | undefined {
  try {
    return compileSchema(schema)
  } catch (error) {
    expect(String(error)).toContain('a default inside an untagged union')
    return undefined
  }
}

function accepts(schema: CompiledSchema, value: unknown): boolean {
  try {
    schema.take(structuredClone(value), () => new Error('refused'))
    return true
  } catch (error) {
    expect(String(error)).toBe('Error: refused')
    return false
  }
}

const contractOf = ({ schema }: Sample) => ({
  s: defineService({ m: rpc.unary(schema as typeof Empty, Empty) }),
})
const values = ({ any, valid }: Sample) => fc.array(fc.oneof(any, valid), { minLength: 4, maxLength: 8 })
const cases = messages
  .chain((one) => fc.tuple(fc.constant(one), values(one)))
  .map(([one, given]) => ({
    one,
    given,
    // The rest of a sample is no reading.
    [fc.toStringMethod]: () => JSON.stringify([one.schema, given]),
  }))

describe('what a document says of a message', () => {
  it.each([
    [
      'OpenAPI',
      (one: Sample) => {
        const document = generateOpenApi(contractOf(one))
        const { content } = document.paths['/s/m']!.post!.requestBody as {
          content: Record<string, { schema: object }>
        }
        return validator(document, content['application/json']!.schema)
      },
    ],
    [
      'AsyncAPI',
      (one: Sample) => {
        const document = generateAsyncApi(contractOf(one), { transports: ['amqp'] })
        const { payload } = document.channels['amqp.requests']!.messages['s.m.request'] as { payload: object }
        const validate = validator(document, payload)
        return (value: unknown) =>
          validate({ type: 'request', id: '', service: 's', method: 'm', payload: value })
      },
    ],
  ])('%s: it accepts exactly what the server does', slow, (_, validatorOf) => {
    const seen = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(cases, ({ one, given }) => {
        const schema = compiled(one)
        if (!schema) return
        const validate = validatorOf(one)
        for (const value of given) {
          const expected = accepts(schema, value)
          seen[expected ? 'accepted' : 'refused']++
          expect({ value, accepted: validate(value) }).toEqual({ value, accepted: expected })
        }
      }),
      { numRuns: 200 },
    )
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(50)
  })
})
