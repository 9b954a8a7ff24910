import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, implement, rpc, RpcError } from 'microapi-ts'
import type { Call, Channel, RetryPolicy, Transport } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { batchFailure, isEventBatch } from '../../lib/core/event-batch.ts'
import { createMetadata } from '../../lib/core/metadata.ts'
import { markNeverRan, neverRan } from '../../lib/core/never-ran.ts'

const Reading = Type.Object({ celsius: Type.Number() })
const contract = { readings: defineService({ taken: rpc.event(Reading), rang: rpc.event(Empty) }) }
const quick: Partial<RetryPolicy> = { initialBackoffMs: 1, maxBackoffMs: 1 }
const readings = (count: number) => Array.from({ length: count }, (_, celsius) => ({ celsius }))

/** Takes calls, and fails those that `fail` has an error for. */
function taking(
  takesBatches: boolean,
  fail: (call: Call, turn: number) => Error | undefined = () => undefined,
): Transport & { readonly calls: Call[]; readonly most: () => number } {
  const calls: Call[] = []
  let running = 0
  let most = 0
  const channel: Channel = {
    takesBatches,
    close: async () => {},
    async invoke(call) {
      const error = fail(call, calls.push(call))
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      if (error) throw error
      return { output: {}, header: createMetadata(), trailer: createMetadata() }
    },
  }
  return {
    calls,
    most: () => most,
    schemes: [],
    serve: () => expect.unreachable(),
    connect: async () => channel,
  }
}

describe('publishBatch', () => {
  it('is one call where the channel takes that, with what was said of it', async () => {
    const transport = taking(true)
    const { taken } = createClient(contract, transport).readings
    await taken.publishBatch(readings(3), { metadata: { tenant: 'a' }, timeoutMs: 60_000 })
    expect(transport.calls).toHaveLength(1)
    const [call] = transport.calls
    expect(isEventBatch(call!.input)).toBe(true)
    expect(call).toMatchObject({ kind: 'event', service: 'readings', method: 'taken', input: readings(3) })
    expect(call!.metadata.get('tenant')).toBe('a')
    expect(call!.deadline! - Date.now()).toBeGreaterThan(30_000)
    expect(call!.lifetime.finished).toBe(true)
  })

  it('is as many calls elsewhere, a hundred of them at once', async () => {
    const transport = taking(false)
    await createClient(contract, transport).readings.taken.publishBatch(readings(250))
    expect(transport.calls.map(({ input }) => input)).toEqual(readings(250))
    expect(transport.most()).toBe(100)
  })

  it('takes any iterable, and for none does nothing', async () => {
    const transport = taking(true)
    const { taken } = createClient(contract, transport).readings
    await taken.publishBatch(new Set(readings(2)))
    await taken.publishBatch([])
    expect(transport.calls.map(({ input }) => input)).toEqual([readings(2)])
  })

  it.each([true, false])('publishes nothing where one is not what its schema says (%s)', async (takes) => {
    const transport = taking(takes)
    const bad = [{ celsius: 1 }, { celsius: 'warm' as never }]
    const publishing = createClient(contract, transport).readings.taken.publishBatch(bad)
    await expect(publishing).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION',
      message: expect.stringMatching(/^event 1: .*\/celsius/s),
    })
    expect(transport.calls).toHaveLength(0)
  })

  it('says which of them failed', async () => {
    const transport = taking(false, ({ input }) =>
      (input as { celsius: number }).celsius % 2 ? new RpcError('NOT_FOUND', 'no') : undefined,
    )
    const publishing = createClient(contract, transport).readings.taken.publishBatch(readings(5))
    await expect(publishing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: '2 of 5 events were not published; event 1: no',
      details: { failed: [1, 3] },
    })
  })

  it('is tried again as a whole, since an event may come twice', async () => {
    const down = taking(true, (_, turn) => (turn === 1 ? new RpcError('UNAVAILABLE', 'down') : undefined))
    await createClient(contract, down, { retry: quick }).readings.taken.publishBatch(readings(2))
    expect(down.calls.map(({ input }) => input)).toEqual([readings(2), readings(2)])
  })

  it('ends when its signal aborts, or where nobody can be reached', async () => {
    const aborted = createClient(contract, taking(true)).readings.taken.publishBatch(readings(2), {
      signal: AbortSignal.abort(),
    })
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    const nowhere: Transport = {
      ...taking(true),
      connect: () => Promise.reject(new RpcError('UNAVAILABLE', 'nowhere')),
    }
    const unsent = createClient(contract, nowhere).readings.taken.publishBatch(readings(2))
    await expect(unsent).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'nowhere' })
  })

  it('reaches the handlers of an app in the same process', async () => {
    const seen: number[] = []
    const app = createApp({
      services: {
        readings: implement(contract.readings, {
          taken: ({ celsius }) => void seen.push(celsius),
          rang: () => {},
        }),
      },
    })
    await using client = createClient(app)
    await client.readings.taken.publishBatch(readings(3))
    expect(seen).toEqual([0, 1, 2])
  })
})

describe('batchFailure', () => {
  it('says that none ran only where all failed, and none of them ran', () => {
    const unrun = markNeverRan(new RpcError('UNAVAILABLE', 'no'))
    const lost = new RpcError('UNAVAILABLE', 'lost')
    expect(
      neverRan(
        batchFailure(
          new Map([
            [0, unrun],
            [1, unrun],
          ]),
          2,
        ),
      ),
    ).toBe(true)
    expect(neverRan(batchFailure(new Map([[0, unrun]]), 2))).toBe(false)
    expect(
      neverRan(
        batchFailure(
          new Map([
            [1, unrun],
            [0, lost],
          ]),
          2,
        ),
      ),
    ).toBe(false)
    expect(
      batchFailure(
        new Map([
          [1, unrun],
          [0, lost],
        ]),
        2,
      ),
    ).toMatchObject({
      message: '2 of 2 events were not published; event 0: lost',
      details: { failed: [0, 1] },
    })
  })
})
