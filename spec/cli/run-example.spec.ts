import { exec } from 'node:child_process'
import { promisify } from 'node:util'
import { Type, type TSchema } from '@sinclair/typebox'
import { createApp, defineService, rpc, serve, t } from 'microapi-ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleInput } from '../../lib/cli/example-input.ts'
import { howToCall } from '../../lib/cli/how-to-call.ts'
import { collect } from '../transports/http/support.ts'
import { shell } from './call-command.ts'

const Input = Type.Object({ text: Type.String({ examples: ["it's $HOME"] }) })
const Tree = Type.Recursive((This) => Type.Object({ name: Type.String(), children: Type.Array(This) }))
const Endless = Type.Recursive((This) => Type.Object({ next: This }))

describe('an example of an input', () => {
  it.each<[string, TSchema, unknown]>([
    ['no fields', Type.Object({}), {}],
    [
      'what may be left out',
      Type.Object({ a: Type.Optional(Type.String()), b: t.Default(Type.Integer(), 7) }),
      {},
    ],
    [
      'scalars',
      Type.Object({ s: Type.String(), i: Type.Integer(), b: Type.Boolean(), n: Type.Null() }),
      { s: 'text', i: 1, b: true, n: null },
    ],
    [
      'bounds',
      Type.Object({
        s: Type.String({ minLength: 6 }),
        i: Type.Integer({ minimum: 5 }),
        n: Type.Number({ maximum: -1 }),
      }),
      { s: 'text..', i: 5, n: -1 },
    ],
    [
      'bytes, dates, big integers',
      Type.Object({ a: t.Bytes(), b: t.DateTime(), c: t.BigInt() }),
      { a: 'AQI=', b: '2026-01-31T12:00:00Z', c: '1' },
    ],
    ['formats', Type.Object({ mail: Type.String({ format: 'email' }) }), { mail: 'ada@example.com' }],
    ['one of several', Type.Object({ a: Type.Union([Type.Literal('x'), Type.Literal('y')]) }), { a: 'x' }],
    [
      'lists',
      Type.Object({ a: Type.Array(Type.String()), b: Type.Array(Type.Integer(), { minItems: 2 }) }),
      { a: [], b: [1, 1] },
    ],
    ['a tuple', Type.Object({ at: Type.Tuple([Type.Number(), Type.String()]) }), { at: [1, 'text'] }],
    [
      'several in one',
      Type.Intersect([Type.Object({ a: Type.Null() }), Type.Object({ b: Type.Null() })]),
      { a: null, b: null },
    ],
    ['itself within', Tree, { name: 'text', children: [] }],
    ['itself without end', Endless, undefined],
    ['a pattern', Type.Object({ a: Type.String({ pattern: '^[A-Z]{2}$' }) }), undefined],
    [
      'examples of its own',
      Type.Object({ a: Type.String({ pattern: '^[A-Z]{2}$', examples: ['GB'] }) }),
      { a: 'GB' },
    ],
  ])('%s', (_, schema, expected) => {
    expect(exampleInput(rpc.unary(schema as typeof Input, Input))).toEqual(expected)
  })
})

describe('how to call', () => {
  const echo = { text: 'heard' }
  it.each([
    ['unary', rpc.unary(Input, Input, (input) => input), '{"text":"it\'s $HOME"}'],
    [
      'server stream',
      rpc.serverStream(Input, Input, (input) => [input, echo]),
      '{"text":"it\'s $HOME"}\n{"text":"heard"}\n',
    ],
    [
      'client stream',
      rpc.clientStream(Input, Input, async (all) => (await collect(all))[0]!),
      '{"text":"it\'s $HOME"}',
    ],
    ['bidi stream', rpc.bidiStream(Input, Input, (all) => all), '{"text":"it\'s $HOME"}\n'],
    ['event', rpc.event(Input, () => {}), '{}'],
  ])('%s, in a shell', { timeout: 60_000 }, async (kind, method, answer) => {
    const app = createApp({ services: { demo: defineService({ method }) } })
    const server = await serve(app, ['http://:0', 'ws://:0'], { signals: false, graceMs: 1_000 })
    onTestFinished(() => server.close())
    const [line = ''] = howToCall(app, server.urls[0]!)
    expect(await promisify(exec)(line)).toMatchObject({ stdout: answer })
    const [again = ''] = howToCall(app, server.urls[1]!)
    const called = await shell(again.replace('npx microapi', 'microapi')).ran
    const text = kind === 'event' ? '' : `${answer.trimEnd()}\n`
    expect(called).toEqual({ exit: 0, out: text, error: '' })
  })

  it('is not shown where no input can be made up', () => {
    const app = createApp({
      services: { demo: defineService({ next: rpc.unary(Endless, Input, () => ({ text: '' })) }) },
    })
    expect(howToCall(app, 'http://127.0.0.1:1')).toEqual([])
  })

  it('calls this machine where a server listens at all addresses', () => {
    const app = createApp({
      services: { demo: defineService({ get: rpc.unary(Type.Object({}), Input, () => echo) }) },
    })
    expect(howToCall(app, 'ws://0.0.0.0:1')).toEqual(["npx microapi call ws://127.0.0.1:1 demo.get '{}'"])
    expect(howToCall(app, 'grpc://[::]:1')).toEqual(["npx microapi call 'grpc://[::1]:1' demo.get '{}'"])
  })
})
