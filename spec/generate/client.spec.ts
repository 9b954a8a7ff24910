import { Type, type Static, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { createApp, defineService, Empty, field, rpc, serve, t } from 'microapi-ts'
import { generateClient } from 'microapi-ts/generate'
import { http } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { app as cities } from '../../examples/cities/app.ts'
import { describeApp } from '../../lib/cli/app-description.ts'
import { compileSchema } from '../../lib/core/schema/compile.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import { contractJson, moduleFolder, type Contract } from './client-module.ts'
import { messages } from './openapi-samples.ts'
import { torture } from './openapi-torture.ts'

const slow = { timeout: 120_000 }

/** Whether a schema that was made up can be served at all. */
function isServed(schema: TSchema): boolean {
  try {
    compileSchema(schema)
    return true
  } catch {
    return false
  }
}

async function contractOf(files: Readonly<Record<string, string>>, name: string): Promise<Contract> {
  return (await moduleFolder(files).load('client.ts'))[name] as Contract
}

describe('the contract of a generated client', () => {
  it.each([
    ['all that a schema can be', torture.services],
    ['the cities', cities.services],
    ['the conformance cases', conformanceContract],
  ] as const)('is that of the app: %s', slow, async (_, services) => {
    const contract = await contractOf(generateClient(services), 'apiContract')
    expect(contractJson(contract)).toEqual(contractJson(services as Contract))
  })

  it('has the schemas of any message', slow, async () => {
    const seed = Date.now()
    const all = fc.sample(messages, { numRuns: 200, seed }).filter(({ schema }) => isServed(schema))
    expect(all.length).toBeGreaterThan(100)
    const methods = Object.fromEntries(
      all.map(({ schema }, i) => [`m${i}`, rpc.unary(schema as never, i % 2 ? Empty : (schema as never))]),
    )
    const services = { any: defineService(methods) }
    const contract = await contractOf(generateClient(services), 'apiContract')
    expect(contractJson(contract), `seed ${seed}`).toEqual(contractJson(services))
  })

  it('is made of a description as of the app itself', () => {
    const description = JSON.parse(JSON.stringify(describeApp(cities))) as ReturnType<typeof describeApp>
    expect(generateClient(description as never)).toEqual(generateClient(cities))
  })

  it('keeps the names and numbers of protobuf', slow, async () => {
    const Thing = Type.Object(
      { a: field(7, Type.Integer({ proto: 'int32' }), { name: 'aa', description: 'Of seven.' }) },
      { $id: 'Thing', proto: { reserved: [1] } },
    )
    const services = {
      things: defineService(
        { get: rpc.unary(Thing, Thing, { proto: { name: 'Get' } }), put: rpc.unary(Thing, Empty) },
        { proto: { package: 'acme.things', service: 'Things', file: 'acme/things.proto' } },
      ),
      more: defineService({ get: rpc.unary(Empty, Thing, { proto: { name: 'Fetch' } }) }),
    }
    const files = generateClient(services)
    expect(files['client.ts']).toContain("a: field(7, Type.Integer({ proto: 'int32', description")
    expect(contractJson(await contractOf(files, 'apiContract'))).toEqual(contractJson(services))
  })
})

const Kind = Type.Union([Type.Literal('book'), Type.Literal('film')], { $id: 'Kind' })
const Price = Type.Object({ cents: t.BigInt(), since: t.DateTime() }, { $id: 'Price' })
const Item = Type.Object(
  {
    id: Type.Integer({ description: 'Its number.' }),
    kind: Kind,
    price: t.Default(Price, { cents: 0n, since: new Date(0) }),
    cover: Type.Optional(t.Bytes()),
    tags: t.Default(Type.Array(Type.String()), ['new']),
  },
  { $id: 'Item' },
)
const Node = Type.Recursive((Self) => Type.Object({ item: Item, next: Type.Optional(Self) }), { $id: 'Node' })
const Found = Type.Union(
  [
    Type.Object({ is: Type.Literal('one'), item: Item }, { $id: 'One' }),
    Type.Object({ is: Type.Literal('none') }),
  ],
  { $id: 'Found' },
)
const Cents = Type.Transform(Type.Integer())
  .Decode((cents) => ({ cents }))
  .Encode(({ cents }) => cents)

const shop = createApp({
  services: {
    shop: defineService({
      get: rpc.unary(
        Type.Object({ id: Type.Integer() }),
        Found,
        ({ id }, ctx) => {
          if (id > 9) throw ctx.errors.GONE({ id, since: new Date(5) })
          const price = { cents: 2n ** 60n, since: new Date(7) }
          const cover = new Uint8Array([0, 255])
          return id > 5
            ? { is: 'none' as const }
            : { is: 'one' as const, item: { id, kind: 'book' as const, price, cover } }
        },
        {
          summary: 'Finds an item */ by its number',
          description: 'Or says that there is none.',
          idempotent: true,
          timeoutMs: 5_000,
          errors: {
            GONE: { code: 'NOT_FOUND', details: Type.Object({ id: Type.Integer(), since: t.DateTime() }) },
          },
        },
      ),
      list: rpc.serverStream(Type.Object({ to: t.Default(Type.Integer(), 2) }), Item, function* ({ to }) {
        for (let id = 0; id < to; id++) yield { id, kind: 'film' as const }
      }),
      add: rpc.clientStream(Item, Type.Object({ cents: t.BigInt() }), async (items) => {
        let cents = 0n
        for await (const { price } of items) cents += price.cents
        return { cents }
      }),
      deep: rpc.unary(Node, Node, (node) => node as never, { deprecated: true }),
      pay: rpc.unary(Type.Object({ cents: Cents }), Empty, () => ({})),
      sold: rpc.event(Item, () => {}, { fanout: true, key: ({ id }) => `${id}` }),
    }),
    // Names that TypeScript has other uses for.
    delete: defineService({ delete: rpc.unary(Empty, Empty, () => ({})) }),
    Item: defineService({ get: rpc.unary(Empty, Item, () => ({ id: 1, kind: 'book' as const })) }),
  },
})

const caller = `
import { createShopClient, isRpcError, type Found, type ItemSchema as Item, type ShopClient } from './client.js'

export async function use(url: string): Promise<unknown> {
  await using client: ShopClient = createShopClient(url, { timeoutMs: 20_000 })
  const found: Found = await client.shop.get({ id: 1 })
  if (found.is !== 'one') throw new Error('none')
  const cents: bigint = found.item.price.cents
  const since: Date = found.item.price.since
  const cover: Uint8Array | undefined = found.item.cover
  const tags: string[] = found.item.tags
  const items: Item[] = []
  for await (const item of client.shop.list()) items.push(item)
  const sum: { cents: bigint } = await client.shop.add(
    [1n, 2n].map((cents) => ({ id: 1, kind: 'book' as const, price: { cents, since: new Date() } })),
  )
  let gone: unknown
  try {
    await client.shop.get({ id: 10 })
  } catch (error) {
    if (!isRpcError(error, 'GONE', client.shop.get)) throw error
    const id: number = error.details.id
    const told: string = error.details.since
    gone = { code: error.code, id, told }
  }
  const { next } = await client.shop.deep({ item: items[0]!, next: { item: items[1]! } })
  const second: Item | undefined = next?.item
  await client.shop.pay({ cents: 5 })
  await client.shop.sold.publish({ id: 1, kind: 'book' })
  await client.delete.delete()
  return { cents, since, cover, tags, items: items.length, sum, gone, second: second?.id }
}

export async function misuse(client: ShopClient): Promise<void> {
  // @ts-expect-error an id is a number
  await client.shop.get({ id: '1' })
  // @ts-expect-error no such method
  await client.shop.nothing()
  // @ts-expect-error an event is published, not called
  await client.shop.sold({ id: 1, kind: 'book' })
}
`

it('a generated client compiles alone and calls what serves the app', slow, async () => {
  const files = generateClient(shop, { name: 'shop' })
  const folder = moduleFolder({ ...files, 'caller.ts': caller })
  expect(folder.compile()).toBe('')
  const server = await serve(shop, http({ port: 0 }), { signals: false })
  onTestFinished(() => server.close())
  const { use } = (await folder.load('caller.ts')) as { use: (url: string) => Promise<unknown> }
  expect(await use(server.urls[0]!)).toEqual({
    cents: 2n ** 60n,
    since: new Date(7),
    cover: new Uint8Array([0, 255]),
    tags: ['new'],
    items: 2,
    sum: { cents: 3n },
    gone: { code: 'NOT_FOUND', id: 10, told: '1970-01-01T00:00:00.005Z' },
    second: 1,
  })
})

describe('the text of a generated client', () => {
  const text = generateClient(shop, { name: 'web-shop' })['client.ts']!

  it('is called as it was told', () => {
    expect(text).toContain('export function createWebShopClient(')
    expect(text).toContain('export type WebShopClient = ')
    expect(text).toContain('export const webShopContract = { shop, delete: deleteService, Item }')
  })

  it('says of methods what people read', () => {
    expect(text).toContain('   * Finds an item *\\/ by its number\n')
    expect(text).toContain('  /** @deprecated */\n  deep: ')
  })

  it('names what is a function and so cannot be in it', () => {
    expect(text).toContain('// - shop.pay input/cents: its Type.Transform; values are as JSON carries them\n')
    expect(text).toContain("// - key of shop.sold: give it as a call's option\n")
  })

  it('gives a schema another name where a service has its own', () => {
    expect(text).toContain('export const ItemSchema = Type.Object(')
    expect(text).toMatch(/export const Item = defineService/)
  })

  it('is the same when it is made again', () => {
    expect(generateClient(shop, { name: 'web-shop' })['client.ts']).toBe(text)
  })
})

it('a reference that leads nowhere is refused with its place', () => {
  const Lost = Type.Object({ a: Type.Unsafe<Static<typeof Item>>({ $ref: 'Nowhere' }) })
  const services = { lost: defineService({ get: rpc.unary(Empty, Lost) }) }
  expect(() => generateClient(services)).toThrow('lost.get output/a: $ref "Nowhere" points at no schema')
})
