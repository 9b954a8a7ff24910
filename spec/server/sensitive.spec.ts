import { Type, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import { createApp, createClient, defineService, Empty, isRpcError, rpc, type Log } from 'microapi-ts'
import { createLog } from 'microapi-ts/logging'
import { requestLog } from 'microapi-ts/middleware'
import { recordingLog } from 'microapi-ts/testing'
import { pino } from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { createCall } from '../../lib/core/create-call.ts'
import { consoleLog } from '../../lib/core/log.ts'
import { deadHeaders as amqpHeaders } from '../../lib/transports/amqp/protocol.ts'
import { deadHeaders as kafkaHeaders } from '../../lib/transports/kafka/protocol.ts'
import { secret, secretSample } from '../core/secret-sample.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** The service as whoever knows nothing of its schemas calls it. */
type Vault = Readonly<
  Record<
    'take' | 'takeAll' | 'give' | 'giveAll' | 'refuse' | 'break',
    (input?: unknown) => Promise<unknown> & AsyncIterator<unknown>
  >
>

/** What the schema may not allow: its shape is chance. */
const unchecked = (value: unknown) => value as never

/** An app whose method takes, gives and refuses with what a schema describes, and its log with the inputs of calls. */
function appOf(schema: TSchema, value: unknown, log: Log) {
  const Message = Type.Object({ it: schema })
  const errors = { REFUSED: { code: 'FAILED_PRECONDITION', details: Message } } as const
  const vault = defineService({
    take: rpc.unary(Message, Empty, () => ({})),
    takeAll: rpc.clientStream(Message, Empty, async (items) => {
      for await (const _ of items) void _
      return {}
    }),
    give: rpc.unary(Empty, Message, () => unchecked({ it: value })),
    giveAll: rpc.serverStream(Empty, Message, function* () {
      yield unchecked({ it: value })
    }),
    refuse: rpc.errors(errors).unary(Empty, Empty, (_, ctx) => {
      throw ctx.errors.REFUSED(unchecked({ it: value }))
    }),
    break: rpc.errors(errors).unary(Empty, Empty, (_, ctx) => {
      throw new Error('broken', { cause: ctx.errors.REFUSED(unchecked({ it: value })) })
    }),
  })
  return createApp({ services: { vault }, log, use: [requestLog({ log, payload: true })] })
}

it(
  'whatever schemas and messages, no line of any log and no error of a check holds a secret',
  { timeout: 60_000 },
  async () => {
    const written: string[] = []
    const write = { write: (text: string) => void written.push(text) }
    const recorded = recordingLog()
    for (const name of ['error', 'warn', 'info'] as const)
      vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => {
        for (const part of parts)
          written.push(part instanceof Error ? JSON.stringify(shape(part)) : JSON.stringify(part))
      })
    const logs: Log[] = [
      createLog({ destination: write }),
      createLog({ destination: write, pretty: true }),
      pino({}, write),
      console,
      consoleLog,
      recorded,
    ]
    await fc.assert(
      fc.asyncProperty(secretSample(), fc.constantFrom(...logs), async ({ schema, value }, log) => {
        written.length = 0
        const app = appOf(schema, value, log)
        await using client = createClient(app)
        // What comes from outside has not met a client's own checks.
        const channel = await app.connect()
        const raw = (method: string, input: unknown) =>
          channel.invoke(createCall({ service: 'vault', method, input, peer: { transport: 'test' } }))
        const { vault } = client as unknown as { readonly vault: Vault }
        const refused = await Promise.all([
          failureOf(vault.take({ it: value })),
          failureOf(vault.takeAll([{ it: value }])),
          failureOf(raw('take', { it: value })),
          failureOf(raw('takeAll', [{ it: value }])),
          failureOf(vault.give()),
          failureOf(vault.giveAll().next()),
          failureOf(vault.break()),
        ])
        await failureOf(vault.refuse())
        expect(JSON.stringify(refused.map(shape))).not.toContain(secret)
        expect(written.join('')).not.toContain(secret)
        expect(written.length + recorded.lines.length).toBeGreaterThan(0)
        expect(
          JSON.stringify(recorded.lines.map(({ details, message }) => [shape(details), message])),
        ).not.toContain(secret)
      }),
      { numRuns: 100 },
    )
  },
)

it('the caller gets the details of a declared error, logs and dead letters do not', async () => {
  const log = recordingLog()
  const schema = Type.Object({ pin: Type.String({ sensitive: true }), left: Type.Integer() })
  await using client = createClient(appOf(schema, { pin: secret, left: 2 }, log))
  const error = await failureOf(client.vault.refuse())
  if (!isRpcError(error, 'REFUSED')) throw error
  expect(error.details).toEqual({ it: { pin: secret, left: 2 } })
  for (const headers of [amqpHeaders('q', error), kafkaHeaders('t', error)])
    expect(JSON.parse(String(headers['microapi-error']))).toMatchObject({
      details: { it: { pin: '[redacted]', left: 2 } },
    })
  await failureOf(client.vault.break())
  const broken = log.lines.find(({ level }) => level === 'error')
  expect(broken).toMatchObject({
    details: { error: { message: 'broken', cause: { details: { it: { pin: '[redacted]', left: 2 } } } } },
  })
})

it('the request log shows inputs without what is sensitive', async () => {
  const log = recordingLog()
  const schema = Type.Object({ pin: Type.String({ sensitive: true }), name: Type.String() })
  await using client = createClient(appOf(schema, {}, log))
  await client.vault.take(unchecked({ it: { pin: secret, name: 'ann', unknown: secret } }))
  await failureOf(client.vault.take(unchecked({ it: secret })))
  expect(log.lines.map(({ details }) => details)).toMatchObject([
    { method: 'take', code: 'OK', input: { it: { pin: '[redacted]', name: 'ann' } } },
    { method: 'take', code: 'INVALID_ARGUMENT', input: { it: '[redacted]' } },
  ])
})

async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return undefined
}

/** All that an error says, or an object in which errors stand. */
function shape(value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return { ...Object.fromEntries(Object.entries(value)), name, message, stack, cause: shape(cause) }
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}
