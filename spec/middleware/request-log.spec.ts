import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError } from 'microapi-ts'
import { requestLog } from 'microapi-ts/middleware'
import { expect, it, vi } from 'vitest'

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

it('a call is one line: service, method, code, ms and id', async () => {
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
