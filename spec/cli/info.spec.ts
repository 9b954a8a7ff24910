import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../docs/page.ts'
import { folder } from './command.ts'

const slow = { timeout: 120_000 }
const ok = { exit: 0, error: '' }

const source = `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, rpc, t } from 'microapi-ts'

const City = Type.Object({ name: Type.String(), at: Type.Tuple([Type.Number(), Type.Number()]) }, { $id: 'City' })
const Node = Type.Recursive((This) => Type.Object({ value: t.BigInt(), next: Type.Optional(This) }), { $id: 'Node' })
const Shape = Type.Union([
  Type.Object({ kind: Type.Literal('dot') }),
  Type.Object({ kind: Type.Literal('line'), length: Type.Number() }),
])
const Everything = Type.Object({
  when: t.DateTime(),
  bytes: t.Bytes(),
  mail: Type.String({ format: 'email' }),
  colour: t.Default(Type.Union([Type.Literal('red'), Type.Literal('blue')]), 'red'),
  colours: Type.Array(Type.Union([Type.Literal('red'), Type.Literal('blue')])),
  home: Type.Optional(City),
  cities: Type.Array(City),
  by_name: Type.Record(Type.String(), City),
  list: Node,
  inner: Type.Object({ a: Type.Boolean(), deep: Type.Object({ deeper: Type.Object({ deepest: Type.Null() }) }) }),
  any: Type.Unknown(),
})
const methods = {
  ping: rpc.unary(Empty, Empty, () => ({}), { deprecated: true, timeoutMs: 5_000 }),
  everything: rpc
    .errors({ GONE: { code: 'NOT_FOUND', message: 'it has gone', details: City } })
    .unary(Type.Object({ id: Type.Integer() }), Everything, () => ({}) as never, { summary: 'All types', idempotent: true }),
  draw: rpc.clientStream(Shape, Type.Intersect([City, Type.Object({ more: Type.Integer() })]), () => ({}) as never),
  chat: rpc.bidiStream(City, City, async function* () {}),
  happened: rpc.event(City, () => {}),
}
export const app = createApp({ services: { first: defineService(methods), second: defineService({ ping: methods.ping }) }, version: '1.2' })
export const contract = { third: { ping: rpc.serverStream(Empty, Empty) } }
`

const place = folder({ 'app.ts': source })

describe('microapi info', () => {
  it('shows services, methods, patterns and fields', slow, async () => {
    const ran = await place.microapi('info', 'app.ts')
    expect(ran).toMatchObject(ok)
    expect(ran.out).toBe(`app.ts version 1.2

first
  METHOD      PATTERN        INPUT                               OUTPUT
  ping        unary          -                                   -
    deprecated; timeout 5000 ms
  everything  unary          id: integer                         when: date-time
                                                                 bytes: bytes
                                                                 mail: email
                                                                 colour?: "red" | "blue" = "red"
                                                                 colours: ("red" | "blue")[]
                                                                 home?: City
                                                                 cities: City[]
                                                                 by_name: { [key]: City }
                                                                 list: Node
                                                                 inner: { a: boolean, deep: { deeper: { … } } }
                                                                 any: any
    All types
    idempotent; errors GONE (NOT_FOUND)
  draw        client stream  { kind: "dot" }                     name: string
                             | { kind: "line", length: number }  at: [number, number]
                                                                 more: integer
  chat        bidi stream    name: string                        name: string
                             at: [number, number]                at: [number, number]
  happened    event          name: string                        -
                             at: [number, number]

second
  METHOD  PATTERN  INPUT  OUTPUT
  ping    unary    -      -
    deprecated; timeout 5000 ms

types
  City  name: string
        at: [number, number]
  Node  value: bigint
        next?: Node
`)
  })

  it('shows a contract', slow, async () => {
    const { out } = await place.shared('info', 'app.ts:contract')
    expect(out).toMatch(/^app\.ts:contract\n\nthird\n.*\n {2}ping {4}server stream {2}- {6}-\n$/)
  })

  it('--json tells all to programs', slow, async () => {
    const ran = await place.shared('info', 'app.ts', '--json')
    expect(ran).toMatchObject(ok)
    const { version, services } = JSON.parse(ran.out)
    expect(version).toBe('1.2')
    expect(Object.keys(services)).toEqual(['first', 'second'])
    expect(Object.keys(services.first)).toEqual(['ping', 'everything', 'draw', 'chat', 'happened'])
    const { everything, ping, happened } = services.first
    expect(ping).toEqual({
      kind: 'unary',
      input: { type: 'object', properties: {} },
      output: { type: 'object', properties: {} },
      errors: {},
      options: { deprecated: true, timeoutMs: 5_000 },
    })
    expect(happened.kind).toBe('event')
    expect(everything.input).toEqual({
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' } },
    })
    expect(everything.output.properties.colour.default).toBe('red')
    expect(everything.output.required).not.toContain('colour')
    expect(everything.options).toEqual({ summary: 'All types', idempotent: true })
    expect(everything.errors).toEqual({
      GONE: { code: 'NOT_FOUND', message: 'it has gone', details: expect.objectContaining({ $id: 'City' }) },
    })
  })

  it.each([
    ['nowhere.ts', 2, /there is no file nowhere\.ts in \S+; give the path of the app/],
    ['app.ts:ap', 2, /app\.ts has no export "ap": it exports app, contract; name one of them/],
    [
      'wrong.ts',
      1,
      /wrong\.ts cannot be loaded: TypeError: output of method "get" is no object schema; wrap it/,
    ],
  ])('%s', slow, async (app, exit, message) => {
    const wrong = `
      import { Type } from '@sinclair/typebox'
      import { defineService, Empty, rpc } from 'microapi-ts'
      export const app = { users: defineService({ get: rpc.unary(Empty, Type.String()) }) }`
    place.write({ 'wrong.ts': wrong })
    const ran = await place.shared('info', app)
    expect(ran).toEqual({ exit, out: '', error: expect.stringMatching(message) })
    expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
  })
})

it('docs/cli.md shows what info prints', slow, async () => {
  const blocks = blocksOf(readFileSync('docs/cli.md', 'utf8'))
  const app = blocks.find(({ code }) => code.startsWith('// src/app.ts'))!
  const { shared } = folder({ 'src/app.ts': app.code })
  const shown = blocks.flatMap((block, i) => {
    const [, args, pipe = 'cat'] = /^npx microapi (info [^|]*?)(?: \| (.*))?$/.exec(block.code) ?? []
    return args === undefined ? [] : [{ args, pipe, printed: blocks[i + 1]!.code }]
  })
  expect(shown).toHaveLength(2)
  for (const { args, pipe, printed } of shown) {
    const { out } = await shared(...args.split(' '))
    // Not every machine has jq: its one use here is to take a path.
    const [, names] = /^jq -c '\.(.*)'$/.exec(pipe) ?? []
    const text = names
      ? `${JSON.stringify(names.split('.').reduce((value, name) => value[name], JSON.parse(out)))}\n`
      : spawnSync('sh', ['-c', pipe], { input: out, encoding: 'utf8' }).stdout
    expect(text).toBe(`${printed}\n`)
  }
})
