import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import { defineService, Empty, rpc, serve, t } from 'microapi-ts'
import { generatePython } from 'microapi-ts/generate'
import { http } from 'microapi-ts/http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { app as cities } from '../../examples/cities/app.ts'
import { describeApp } from '../../lib/cli/app-description.ts'
import { compileSchema, type CompiledSchema } from '../../lib/core/schema/compile.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import { describeWhereThere } from '../describe-where-there.ts'
import { messages } from './openapi-samples.ts'
import { everything, torture } from './openapi-torture.ts'
import { app, watched } from './python-app.ts'
import { missingMypy, missingPython, pythonFolder } from './python-package.ts'

const slow = { timeout: 120_000 }

const caller = `
import asyncio, json, sys
from datetime import datetime, timezone
from shop_client import Call, Circle, Connection, GoneError, Item, RpcError, Square, Tree, UNSET, shop, types_

async def main(url: str) -> None:
    said: dict[str, object] = {}
    async with Connection(url, timeout=60, metadata={"who": "all"}) as connection:
        call = Call(metadata={"Who": "python", "authorization": "Bearer 1"})
        item = await shop.get_item(id=1, call=call)
        said["unary"] = [item.id, item.kind, item.cents == 2**60, item.since == datetime(2026, 1, 2, 3, 4, 5, 67000, timezone.utc),
                         list(item.cover or b""), item.tags, item.sold_to, item.class_]
        said["metadata"] = [call.header["x-who"], call.trailer["x-token"]]
        said["default metadata"] = (await shop.echo(**vars(item))) == item
        made = await shop.echo(id=2, kind="film", class_="b", list=[1])
        said["defaults"] = [made.cents, made.tags, made.sold_to is UNSET, made.since, made.class_, made.list]

        call = Call()
        said["stream"] = [item.id async for item in shop.list(call=call)]
        said["stream metadata"] = [call.header["x-first"], call.trailer["x-last"]]
        seen = []
        try:
            async for item in shop.list(to=3):
                seen.append(item.id)
        except GoneError as error:
            said["stream failed"] = [seen, error.code, error.details.id]
        async for item in shop.list(to=1_000_000):
            break

        try:
            await shop.get_item(id=10)
        except GoneError as error:
            said["declared"] = [error.code, error.status_code, error.reason, error.details.id, error.details.since.isoformat()]
        try:
            await shop.get_item(id="x")  # type: ignore[arg-type]
        except RpcError as error:
            said["refused"] = [error.code, error.reason, error.details["pointer"]]
        try:
            await shop.wait(call=Call(timeout=0.3))
        except RpcError as error:
            said["deadline"] = [error.code, error.status_code]

        async with shop.count() as counting:
            for n in range(1, 5):
                await counting.send(n=n)
            said["client stream"] = (await counting.end()).n
        said["empty client stream"] = (await shop.count().end()).n
        try:
            failing = shop.count()
            while True:
                await failing.send(n=-1)
                # What is on its way when the server closes may take the answer with it: that is TCP's.
                await asyncio.sleep(0.01)
        except RpcError as error:
            said["client stream failed"] = [error.code, error.message]

        doubling = shop.double()
        await doubling.send(n=1)
        first = await doubling.next()
        await doubling.send(n=2)
        second = await doubling.next()
        await doubling.end()
        said["two ways"] = [first and first.n, second and second.n, await doubling.next()]
        both = shop.double()
        await both.send(n=4)
        await both.end()
        said["two ways, iterated"] = [one.n async for one in both]

        said["union"] = [(await shop.measure(Circle(shape="circle", radius=1.5))).size, (await shop.measure(Square(shape="square", side=3))).size]
        tree = await shop.flip(label="a", children=[Tree(label="b", children=[]), Tree(label="c", children=[])])
        said["tree"] = [one.label for one in tree.children]
        said["record"] = await shop.ages({"Ada": 36})
        await shop.nothing()
        await shop.sold(id=1, kind="book")
        said["names"] = (await types_.class_()).n
        said["by name"] = await connection.request("shop", "getItem", {"id": 3}, call=Call(metadata={"who": "x"}))
        said["by name, streamed"] = [one["id"] async for one in connection.request_stream("shop", "list", {"to": 1})]
        try:
            await shop.nothing(call=Call(metadata={"bad key": "x"}))
        except RpcError as error:
            said["bad metadata"] = error.code
        said["several at once"] = [one.id for one in await asyncio.gather(*(shop.get_item(id=n) for n in range(5)))]
        said["json"] = Item.from_json(json.loads(json.dumps(item.to_json()))) == item
    try:
        await shop.nothing()
    except RuntimeError as error:
        said["outside"] = str(error)
    try:
        async with Connection("http://127.0.0.1:1"):
            await shop.nothing()
    except RpcError as error:
        said["nobody there"] = error.code
    print(json.dumps(said))

asyncio.run(main(sys.argv[1]))
`

async function served(what: Parameters<typeof serve>[0]): Promise<string> {
  const server = await serve(what, http({ port: 0 }), { signals: false })
  onTestFinished(() => server.close())
  return server.urls[0]!
}

describeWhereThere('a generated Python package', missingPython, () => {
  it('calls what serves the app', slow, async () => {
    const url = await served(app)
    const out = await pythonFolder('shop_client', generatePython(app)).run(caller, url)
    expect(JSON.parse(out)).toEqual({
      unary: [1, 'book', true, true, [0, 255], ['new'], null, null],
      metadata: ['python', 'Bearer 1'],
      'default metadata': true,
      defaults: [7, ['new'], true, null, 'b', [1]],
      stream: [0, 1],
      'stream metadata': ['yes', 'yes'],
      'stream failed': [[0, 1, 2], 'NOT_FOUND', 3],
      declared: ['NOT_FOUND', 5, 'GONE', 10, '1970-01-01T00:00:00.005000+00:00'],
      refused: ['INVALID_ARGUMENT', 'VALIDATION', '/id'],
      deadline: ['DEADLINE_EXCEEDED', 4],
      'client stream': 10,
      'empty client stream': 0,
      'client stream failed': ['OUT_OF_RANGE', 'below zero'],
      'two ways': [2, 4, null],
      'two ways, iterated': [8],
      union: [1.5, 9],
      tree: ['c', 'b'],
      record: { Ada: 36 },
      names: 1,
      'by name': expect.objectContaining({ id: 3, cents: String(2n ** 60n) }),
      'by name, streamed': [0],
      'bad metadata': 'INVALID_ARGUMENT',
      'several at once': [0, 1, 2, 3, 4],
      json: true,
      outside: expect.stringContaining('no connection'),
      'nobody there': 'UNAVAILABLE',
    })
    // A loop that was left ended its handler too.
    await vi.waitFor(() => expect(watched.left).toBe(watched.running), { timeout: 20_000 })
  })

  it('reads and writes every kind of value as the server has it', slow, async () => {
    const url = await served(torture)
    const script = `
import asyncio, json, sys
import torture
async def main(url, text):
    async with torture.Connection(url, timeout=60):
        given = torture.Everything.from_json(json.loads(text))
        print(json.dumps((await torture.values.everything(**vars(given))).to_json()))
asyncio.run(main(*sys.argv[1:]))
`
    const out = await pythonFolder('torture', generatePython(torture)).run(
      script,
      url,
      JSON.stringify(everything),
    )
    expect(JSON.parse(out)).toEqual({
      ...everything,
      when: '2026-01-02T03:04:05Z',
      moved_to: { street: 'Main St', zip: '12345' },
      big: '5',
      tree: { label: 'leaf', children: [{ label: 'a', children: [] }] },
    })
  })

  it('reads and writes the values of any schema', slow, async () => {
    const seed = Date.now()
    const all = fc.sample(messages, { numRuns: 200, seed }).flatMap(({ schema, valid }, i) => {
      const compiled = compiledOf(schema)
      // An int of JSON and one of text are one type in Python: in a union nothing tells them apart.
      if (!compiled || isUnclear(schema)) return []
      return fc.sample(valid, { numRuns: 3, seed: seed + i }).flatMap((value) => {
        const wire = wireOf(compiled, value)
        return wire === undefined ? [] : [{ name: `m${i}`, schema, wire }]
      })
    })
    expect(all.length).toBeGreaterThan(100)
    const methods = Object.fromEntries(
      all.map(({ name, schema }) => [name, rpc.unary(schema as never, schema as never)]),
    )
    const files = generatePython({ any: defineService(methods) })
    const script = `
import json
from any_client import any
cases = json.loads(${JSON.stringify(JSON.stringify(all.map(({ name, wire }) => [name, wire])))})
out = []
for name, wire in cases:
    codec = getattr(any._M, name).output
    out.append(codec.encode(codec.decode(wire)))
print(json.dumps(out))
`
    const out = await pythonFolder('any_client', files).run(script)
    const wires = all.map(({ wire }) => wire)
    expect(plainDates(out), `seed ${seed}`).toEqual(plainDates(JSON.stringify(wires)))
  })
})

/** Dates of one instant are written in more than one way. */
function plainDates(text: string): unknown {
  return JSON.parse(text.replaceAll(/(\d\d:\d\d:\d\d)\.000Z/g, '$1Z'))
}

function compiledOf(schema: Parameters<typeof compileSchema>[0]): CompiledSchema | undefined {
  try {
    return compileSchema(schema)
  } catch {
    return undefined
  }
}

/** A value as it is on the wire behind a server; undefined for one that does not fit. */
function wireOf(compiled: CompiledSchema, value: unknown): unknown {
  const fail = ({ message }: { message: string }): Error => new Error(message)
  try {
    return JSON.parse(compiled.stringify(compiled.give(compiled.take(value, fail), fail)))
  } catch {
    return undefined
  }
}

function isUnclear(schema: object): boolean {
  const text = JSON.stringify(schema)
  return (
    text.includes('anyOf') &&
    (text.includes('bigint') || text.includes('base64') || text.includes('date-time'))
  )
}

describeWhereThere('the types of a generated Python package', missingMypy, () => {
  it.each([
    ['of an app', app],
    ['of all that a schema can be', torture],
    ['of the cities', cities],
    ['of the conformance cases', conformanceContract],
  ] as const)('hold: %s', slow, async (_, source) => {
    expect(await pythonFolder('made', generatePython(source as never)).check()).toBe('')
  })

  it('tell a caller what is wrong', slow, async () => {
    const wrong = `
from shop_client import GoneError, Shape, shop

async def use(shape: Shape) -> None:
    item = await shop.get_item(id="1")
    item.nothing
    await shop.echo(id=1, kind="song")
    if shape.shape == "circle":
        print(shape.radius)
    else:
        print(shape.radius)
    async for one in shop.list():
        print(one.id + 1)
    try:
        await shop.nothing()
    except GoneError as error:
        print(error.details.id + 1, error.details.since.year)
`
    const folder = pythonFolder('shop_client', generatePython(app))
    const said = await folder.check({ 'caller.py': caller, 'wrong.py': wrong })
    expect(said.match(/^wrong\.py:\d+/gm)).toEqual(['wrong.py:5', 'wrong.py:6', 'wrong.py:7', 'wrong.py:11'])
    expect(said.match(/^(?!wrong\.py).*error.*$/gm)).toBeNull()
  })
})

describe('the files of a Python package', () => {
  const files = generatePython(app)

  it('are those that the Python package generates, and what calls', () => {
    expect(Object.keys(files)).toEqual([
      '__init__.py',
      'types.py',
      'shop.py',
      'types_.py',
      '_codecs.py',
      '_connection.py',
      '_exchange.py',
      '_streams.py',
      '_values.py',
      'py.typed',
    ])
  })

  it('say of methods what people read', () => {
    expect(files['shop.py']).toContain(
      '    """Finds an item\n\n    By its number.\n\n    Raises GoneError.\n    """',
    )
    expect(files['types.py']).toContain('    """A "thing" in \\\\ the \\"\\"\\"shop\\"\\"\\"."""')
  })

  it('are the same when they are made again, and of a description', () => {
    expect(generatePython(app)).toEqual(files)
    const description = JSON.parse(JSON.stringify(describeApp(app))) as never
    expect(generatePython(description)).toEqual(files)
  })

  const Two = Type.Object({ userId: Type.Integer(), user_id: t.BigInt() })
  const method = rpc.unary(Empty, Empty)
  it.each([
    [
      { a: { get: rpc.unary(Two, Empty) } },
      'a.get input: properties "userId" and "user_id" are both user_id in Python',
    ],
    [
      { a: { getUser: method, get_user: method } },
      'methods a.getUser and a.get_user are both get_user in Python',
    ],
    [{ users: { get: method }, Users: { get: method } }, 'services users and Users are both users in Python'],
    [
      { a: { get: rpc.unary(Empty, Type.Object({ b: Type.Unsafe<string>({ $ref: 'Lost' }) })) } },
      'a.get output/b: $ref "Lost" points at no schema',
    ],
  ])('two names that are one in Python are refused: %#', (services, message) => {
    expect(() => generatePython(services as never)).toThrow(message)
  })
})
