import { Type } from '@sinclair/typebox'
import { defineService, rpc, t } from 'microapi-ts'
import { generateOpenApi } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../../lib/core/schema/compile.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { exampleOf } from '../../../lib/transports/http/docs/page/example.js'
import { readMessages, readMetadata } from '../../../lib/transports/http/docs/page/input.js'
import { streamingMethods } from '../../../lib/transports/http/docs/page/methods.js'

const example = (schema: object, schemas: Record<string, object> = {}): unknown =>
  exampleOf(schema, { schemas, behind: [] })

describe('examples', () => {
  it('of every message of the conformance contract pass its check', () => {
    const document = generateOpenApi(conformanceContract)
    const { schemas } = document.components
    for (const [service, methods] of Object.entries(conformanceContract)) {
      for (const [name, { input }] of Object.entries(methods)) {
        const body = document.paths[`/${service}/${name}`]!.post!.requestBody!['content'] as any
        const { schema } = body['application/x-ndjson'] ?? body['application/json']
        const made = exampleOf(schema, { schemas, behind: [] })
        const fail = (failure: object): Error =>
          new Error(`${service}.${name}: ${JSON.stringify(failure)}: ${JSON.stringify(made)}`)
        expect(() => compileSchema(input).take(made, fail)).not.toThrow()
      }
    }
  })

  it.each([
    [{ type: 'string', examples: ['said'], default: 'given' }, 'said'],
    [{ type: 'integer', minimum: 4, multipleOf: 5 }, 5],
    [{ type: 'integer', maximum: -3 }, -3],
    [{ type: 'number', exclusiveMinimum: 1 }, 1.5],
    [{ type: 'string', minLength: 6 }, 'textte'],
    [{ type: ['string', 'null'], pattern: '^[A-Z]{2}$' }, 'AB'],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [false, false]],
    [{ anyOf: [{ $ref: '#/components/schemas/Gone' }, { type: 'null' }] }, null],
    [
      { allOf: [{ type: 'object', properties: { a: { const: 1 } } }], properties: { b: { const: 2 } } },
      { a: 1, b: 2 },
    ],
  ])('of %j is %j', (schema, value) => {
    expect(example(schema)).toEqual(value)
  })

  it('of what refers to itself come to an end', () => {
    const Tree = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        parent: { $ref: '#/components/schemas/Tree' },
        children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
      },
    }
    expect(example({ $ref: '#/components/schemas/Tree' }, { Tree })).toEqual({ name: 'text', children: [] })
  })
})

it('the page knows which methods stream, and what they take', () => {
  const N = Type.Object({ n: t.BigInt() })
  const contract = {
    'a.b': defineService({
      one: rpc.unary(N, N),
      down: rpc.serverStream(N, N, { summary: 'Counts', deprecated: true }),
      up: rpc.clientStream(N, N),
      both: rpc.bidiStream(N, N, { description: 'Talks' }),
    }),
  }
  expect(streamingMethods(JSON.parse(JSON.stringify(generateOpenApi(contract))))).toEqual([
    {
      service: 'a.b',
      name: 'down',
      takes: false,
      gives: true,
      about: 'One message, answered by a stream.\nDeprecated.\nCounts',
      example: { n: '0' },
    },
    {
      service: 'a.b',
      name: 'up',
      takes: true,
      gives: false,
      about: 'A stream of messages, answered by one.',
      example: { n: '0' },
    },
    {
      service: 'a.b',
      name: 'both',
      takes: true,
      gives: true,
      about: 'A stream of messages, answered by a stream.\nTalks',
      example: { n: '0' },
    },
  ])
})

describe('what people write', () => {
  it.each([
    ['', []],
    ['{ "a":\n 1 }', [{ a: 1 }]],
    ['[{}, {}]', [{}, {}]],
    ['{"a":1}\n\n {"a":2}', [{ a: 1 }, { a: 2 }]],
  ])('%j is read as %j', (text, messages) => {
    expect(readMessages(text)).toEqual(messages)
  })

  it('that is no JSON is named by its line', () => {
    expect(() => readMessages('{"a":1}\n\n{"a"')).toThrow(/^Line 3 is no JSON: /)
    expect(() => readMessages('{"a"')).toThrow(/^The message is no JSON: /)
  })

  it('as metadata is read line by line', () => {
    expect(readMetadata('Authorization: Bearer a:b\n\n x-y :1')).toEqual({
      authorization: 'Bearer a:b',
      'x-y': '1',
    })
    expect(() => readMetadata('a: 1\nnothing')).toThrow('Metadata, line 2: write it as "key: value".')
  })
})
