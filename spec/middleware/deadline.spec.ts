import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc } from 'microapi-ts'
import { deadline, type DeadlineOptions } from 'microapi-ts/middleware'
import { expect, it, vi } from 'vitest'

const Left = Type.Object({ ms: Type.Integer() })

// Without this the client sets a deadline itself.
const patient = { timeoutMs: Number.POSITIVE_INFINITY }

function clientWith(options?: DeadlineOptions, aborted: string[] = []) {
  const calls = defineService({
    left: rpc.unary(Empty, Left, (_, ctx) => ({ ms: Math.ceil(ctx.deadline! - Date.now()) })),
    hang: rpc.unary(
      Empty,
      Left,
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('hang')
            reject(signal.reason)
          })
        }),
    ),
    ticks: rpc.serverStream(Empty, Left, async function* (_, { deadline: end, signal }) {
      yield { ms: end === undefined ? -1 : Math.ceil(end - Date.now()) }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    }),
  })
  return createClient(createApp({ services: { calls }, use: [deadline(options)] }))
}

it('a call is cut to maxMs, and its handler sees the shorter deadline', async () => {
  await using client = clientWith({ maxMs: 1_000 })
  const { ms } = await client.calls.left(undefined, patient)
  expect(ms).toBeLessThanOrEqual(1_000)
  expect(ms).toBeGreaterThan(500)
})

it('a deadline that is shorter already stays', async () => {
  await using client = clientWith({ maxMs: 10_000 })
  const { ms } = await client.calls.left(undefined, { timeoutMs: 2_000 })
  expect(ms).toBeLessThanOrEqual(2_000)
})

it('when the time is over the call fails DEADLINE_EXCEEDED and the handler is told', async () => {
  const aborted: string[] = []
  await using client = clientWith({ maxMs: 20 }, aborted)
  await expect(client.calls.hang(undefined, patient)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  await vi.waitFor(() => expect(aborted).toEqual(['hang']))
})

it('streams run on, unless told otherwise', async () => {
  await using free = clientWith({ defaultMs: 20, maxMs: 20 })
  const ticks = free.calls.ticks()
  expect((await ticks.next()).value).toEqual({ ms: -1 })
  await ticks.return()

  await using bound = clientWith({ defaultMs: 40, streams: true })
  const read = async (): Promise<void> => {
    for await (const { ms } of bound.calls.ticks()) expect(ms).toBeLessThanOrEqual(40)
  }
  await expect(read()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
})

it('a call without a deadline gets the default', async () => {
  await using client = clientWith({ defaultMs: 5_000 })
  const { ms } = await client.calls.left(undefined, patient)
  expect(ms).toBeLessThanOrEqual(5_000)
})

it('a time that is none is refused at once', () => {
  expect(() => deadline({ maxMs: 0 })).toThrow('no positive number')
  expect(() => deadline({ defaultMs: Number.NaN })).toThrow('no positive number')
})
