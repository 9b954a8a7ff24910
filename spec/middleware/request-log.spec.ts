import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError } from 'microapi-ts'
import { requestLog } from 'microapi-ts/middleware'
import { expect, it, vi } from 'vitest'
import type { Call, Reply } from '../../lib/core/call.ts'
import { bindMethod, createCall, replyTo } from '../../lib/core/create-call.ts'
import { createMetadata } from '../../lib/core/metadata.ts'
import { compileSchema } from '../../lib/core/schema/compile.ts'
import { accessLog } from '../../lib/middleware/request-log.ts'

const Item = Type.Object({ n: Type.Integer() })
type Fields = Record<string, unknown>

function appWith(lines: Fields[], fields?: () => Fields) {
  const log = { info: (line: object) => lines.push(line as Fields) }
  const use = [requestLog(fields ? { log, fields } : { log })]
  const numbers = defineService({
    one: rpc.unary(Empty, Item, () => ({ n: 1 })),
    none: rpc.unary(Empty, Item, () => {
      throw new RpcError('NOT_FOUND', 'none')
    }),
    broken: rpc.unary(Empty, Item, () => {
      throw new Error('secret')
    }),
    slow: rpc.unary(
      Empty,
      Item,
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    ),
    count: rpc.serverStream(Item, Item, async function* ({ n }) {
      for (let i = 0; i < n; i++) yield { n: i }
    }),
    breaks: rpc.serverStream(Empty, Item, async function* () {
      yield { n: 0 }
      throw new RpcError('DATA_LOSS', 'gone')
    }),
    sum: rpc.clientStream(Item, Item, async (items) => {
      let n = 0
      for await (const item of items) n += item.n
      return { n }
    }),
  })
  return createApp({ services: { numbers }, use, log: { error() {}, warn() {}, info() {} } })
}

const drain = async (items: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of items) void _
}
const clientOf = (app: ReturnType<typeof appWith>) => createClient(app)

it('a call is one line: service, method, code, ms, id and peer', async () => {
  const lines: Fields[] = []
  await using client = clientOf(appWith(lines))
  await client.numbers.one()
  expect(lines).toEqual([
    {
      service: 'numbers',
      method: 'one',
      code: 'OK',
      ms: expect.any(Number),
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      peer: { transport: 'memory' },
    },
  ])
})

it.each<[code: string, run: (client: ReturnType<typeof clientOf>) => Promise<unknown>]>([
  ['OK', (client) => drain(client.numbers.count({ n: 3 }))],
  ['OK', (client) => drain(client.numbers.count({ n: 0 }))],
  ['OK', (client) => client.numbers.sum([{ n: 1 }, { n: 2 }])],
  ['NOT_FOUND', (client) => client.numbers.none()],
  ['INTERNAL', (client) => client.numbers.broken()],
  ['DATA_LOSS', (client) => drain(client.numbers.breaks())],
  ['INVALID_ARGUMENT', (client) => drain(client.numbers.count({ n: 0.5 }))],
  ['DEADLINE_EXCEEDED', (client) => client.numbers.slow(undefined, { timeoutMs: 20 })],
])('%s is said once, when the call has ended (%#)', async (code, run) => {
  const lines: Fields[] = []
  await using client = clientOf(appWith(lines))
  await run(client).catch(() => {})
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  expect(lines[0]).toMatchObject({ code })
})

it('a stream that its reader leaves is CANCELLED, and said when it has ended', async () => {
  const lines: Fields[] = []
  await using client = clientOf(appWith(lines))
  for await (const { n } of client.numbers.count({ n: 1_000 })) {
    expect(lines).toEqual([])
    if (n === 2) break
  }
  await vi.waitFor(() => expect(lines).toMatchObject([{ method: 'count', code: 'CANCELLED' }]))
})

it('serves as client middleware too', async () => {
  const lines: Fields[] = []
  const log = { info: (line: object) => lines.push(line as Fields) }
  await using client = createClient(appWith([]), { use: [requestLog({ log })] })
  await client.numbers.one()
  await drain(client.numbers.breaks()).catch(() => {})
  for await (const _ of client.numbers.count({ n: 9 })) break
  expect(lines.map((line) => [line['method'], line['code']])).toEqual([
    ['one', 'OK'],
    ['breaks', 'DATA_LOSS'],
    ['count', 'CANCELLED'],
  ])
})

it('line breaks and other controls are escaped, and long values cut', async () => {
  const lines: Fields[] = []
  await using client = clientOf(
    appWith(lines, () => ({ a: 'x\r\ncall {"code":"OK"}\u2028\u0085', b: 'y'.repeat(1_000), c: 5 })),
  )
  await client.numbers.one()
  expect(lines[0]).toMatchObject({
    a: 'x\\u000d\\u000acall {"code":"OK"}\\u2028\\u0085',
    b: `${'y'.repeat(256)}…`,
    c: 5,
  })
})

it('fields that cannot be read do not fail the call', async () => {
  const lines: Fields[] = []
  await using client = clientOf(
    appWith(lines, () => {
      throw new Error('no')
    }),
  )
  expect(await client.numbers.one()).toEqual({ n: 1 })
  expect(lines).toMatchObject([{ code: 'OK', fields: 'failed: Error: no' }])
})

it('the id is the x-request-id of the caller', async () => {
  const lines: Fields[] = []
  await using client = clientOf(appWith(lines))
  await client.numbers.one(undefined, { metadata: { 'x-request-id': 'request-1' } })
  expect(lines).toMatchObject([{ id: 'request-1' }])
})

it('no line is made where its level is not logged', async () => {
  const lines: Fields[] = []
  let level = 'warn'
  const log = {
    info: (line: object) => void lines.push(line as Fields),
    isLevelEnabled: (asked: string) => asked === level,
  }
  await using client = createClient(appWith([]), { use: [requestLog({ log })] })
  await client.numbers.one()
  level = 'info'
  await client.numbers.none().catch(() => {})
  expect(lines).toMatchObject([{ method: 'none' }])
})

/** Runs a call that no router has found. */
const answer = async (call: Call): Promise<Reply> => {
  call.lifetime.finish()
  return replyTo(call, {})
}
const callOf = (init: Partial<Parameters<typeof createCall>[0]>): Call =>
  createCall({ service: 's', method: 'm', input: {}, peer: { transport: 'test' }, ...init })

it('names that nobody serves are written as anything else that a caller sends', async () => {
  const lines: Fields[] = []
  const log = { info: (line: object) => void lines.push(line as Fields) }
  await requestLog({ log })(callOf({ service: 'a\u001b[31m\n', method: 'b\u2028', id: 'c\u0085' }), answer)
  expect(lines).toMatchObject([{ service: 'a\\u001b[31m\\u000a', method: 'b\\u2028' }])
  expect(lines[0]!['id']).toMatch(/^[0-9a-f]{32}$/)
})

it('of an event it says whose request brought it about', async () => {
  const lines: Fields[] = []
  const log = { info: (line: object) => void lines.push(line as Fields) }
  const metadata = createMetadata({ 'x-request-id': 'request-1' })
  await requestLog({ log })(callOf({ kind: 'event', id: 'event-1', metadata }), answer)
  await requestLog({ log })(callOf({ kind: 'event', id: 'event\n2' }), answer)
  expect(lines).toMatchObject([{ id: 'event-1', request: 'request-1' }, { id: 'event\\u000a2' }])
  expect(lines[1]).not.toHaveProperty('request')
})

it('shows the input where it is asked to, without what is sensitive', async () => {
  const lines: Fields[] = []
  const log = { info: (line: object) => void lines.push(line as Fields) }
  const schema = Type.Object({ name: Type.String(), pin: Type.String({ sensitive: true }) })
  const input = { name: 'ann\u001b', pin: '1234' }
  for (const known of [true, false]) {
    const call = callOf({ input })
    if (known) bindMethod(call, 'unary', {}, compileSchema(schema))
    await requestLog({ log, payload: true })(call, answer)
  }
  const stream = callOf({ input: [input] })
  bindMethod(stream, 'clientStream', {}, compileSchema(schema))
  await requestLog({ log, payload: true })(stream, answer)
  expect(lines[0]).toMatchObject({ input: { name: 'ann\\u001b', pin: '[redacted]' } })
  // Nobody knows what is sensitive in the second; the third is a stream.
  for (const line of lines.slice(1)) expect(line).not.toHaveProperty('input')
})

it('the log of a server leaves a call to that of the app', async () => {
  const [inner, outer]: [Fields[], Fields[]] = [[], []]
  const access = accessLog({ log: { info: (line: object) => void outer.push(line as Fields) } })
  const own = requestLog({ log: { info: (line: object) => void inner.push(line as Fields) } })
  await access(callOf({ method: 'both' }), (call) => own(call, answer))
  await access(callOf({ method: 'one' }), answer)
  expect(inner).toMatchObject([{ method: 'both' }])
  expect(outer).toMatchObject([{ method: 'one' }])
})
