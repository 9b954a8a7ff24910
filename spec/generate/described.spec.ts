import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { defineService, Empty, field, rpc, t } from 'microapi-ts'
import {
  generateAsyncApi,
  generateClient,
  generateOpenApi,
  generateProto,
  generatePython,
  type ApiSource,
} from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { app as cities } from '../../examples/cities/app.ts'
import { describeApp } from '../../lib/cli/app-description.ts'
import { readDescription } from '../../lib/cli/read-description.ts'
import { compileSchema } from '../../lib/core/schema/compile.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import { messages } from './openapi-samples.ts'
import { torture } from './openapi-torture.ts'
import { app as shop } from './python-app.ts'

const slow = { timeout: 120_000 }

const makers: Readonly<Record<string, (source: ApiSource) => unknown>> = {
  openapi: (source) => generateOpenApi(source),
  asyncapi: (source) => generateAsyncApi(source),
  client: (source) => generateClient(source),
  python: (source) => generatePython(source),
  proto: (source) => generateProto(source),
}

/** What each generator makes of a source, or why it does not. */
function made(source: ApiSource): Readonly<Record<string, string>> {
  const results = Object.entries(makers).map(([name, make]) => {
    try {
      return [name, JSON.stringify(make(source))]
    } catch (error) {
      return [name, String(error)]
    }
  })
  return Object.fromEntries(results) as Record<string, string>
}

/** A source as it comes from a file or a server. */
function described(source: ApiSource): ApiSource {
  const { description, fault } = readDescription(JSON.parse(JSON.stringify(describeApp(source))))
  expect(fault).toBeUndefined()
  return description!
}

/** Which generators make something else of the description; texts as long as these are no message. */
function differing(source: ApiSource): readonly string[] {
  const [of, ofDescription] = [made(source), made(described(source))]
  return Object.keys(makers).filter((name) => of[name] !== ofDescription[name])
}

const Cents = Type.Transform(Type.Integer({ minimum: 0 }))
  .Decode((cents) => ({ cents }))
  .Encode(({ cents }) => cents)
const Name = Type.Transform(Type.Object({ name: Type.String() }, { $id: 'Name' }))
  .Decode(({ name }) => name)
  .Encode((name) => ({ name }))
const Price = Type.Object(
  {
    cents: field(3, Cents, { description: 'Of a unit.' }),
    many: Type.Array(Cents),
    either: Type.Union([Cents, Type.String()]),
    by_day: Type.Record(Type.String(), Cents),
    since: t.DateTime(),
    sum: t.Default(t.BigInt(), 5n),
    of: Type.Optional(Name),
  },
  { $id: 'Price', proto: { reserved: [9] } },
)
const own = {
  prices: defineService(
    {
      get: rpc.unary(Name as never, Price, { proto: { name: 'GetPrice' }, idempotent: true, timeoutMs: 5 }),
      list: rpc.serverStream(Empty, Price, { cursor: ({ sum }) => `${sum}` }),
      changed: rpc.event(Price, { key: ({ sum }) => `${sum}`, fanout: true }),
      fail: rpc.errors({ NO: { code: 'ABORTED', details: Price, retryable: true } }).unary(Empty, Empty),
    },
    { proto: { package: 'acme.prices.v1', service: 'Prices', file: 'acme/prices.proto' } },
  ),
}

describe('a description', slow, () => {
  it.each<[name: string, source: ApiSource]>([
    ['an app with everything', torture],
    ['an app for Python', shop],
    ['the cities', cities],
    ['the contract of the conformance cases', conformanceContract],
    ["a contract with transforms of its user's own", own],
  ])('makes the very files that %s makes', (_, source) => {
    expect(differing(source)).toEqual([])
  })

  it('says what is left out, as the app does', () => {
    const { client } = made(described(own))
    expect(client).toContain('prices.get output/cents: its Type.Transform')
    expect(client).toContain('cursor of prices.list')
    expect(client).toContain('key of prices.changed')
  })

  it('makes the very files that schemas of all kinds make', slow, () => {
    fc.assert(
      fc.property(messages, messages, fc.boolean(), ({ schema: a }, { schema: b }, isWrapped) => {
        const input = isWrapped ? Type.Object({ inner: transformed(a), cents: Cents }) : a
        fc.pre([input, b].every(isServed))
        const one = rpc.unary(input as never, b as never)
        const source = {
          one: defineService({ one }),
          two: defineService({ two: rpc.event(b as never), one }),
        }
        expect(differing(source)).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

function transformed(schema: TSchema): TSchema {
  return Type.Transform(schema)
    .Decode((value) => value)
    .Encode((value) => value)
}

/** Whether a schema that was made up can be served at all. */
function isServed(schema: TSchema): boolean {
  try {
    compileSchema(schema)
    return true
  } catch {
    return false
  }
}
