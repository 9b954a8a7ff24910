import { createClient } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeOwnRabbitMq } from '../../brokers/rabbitmq.ts'
import { jobs } from '../faults/contract.ts'
import { createLoad, outcomes } from '../faults/load.ts'
import { startServer } from '../faults/servers.ts'
import { clientOf, start } from './support.ts'

const rounds = 4

/** How long the specs wait for what no promise bounds, in ms: the machine may be busy. */
const patienceMs = 30_000

describeOwnRabbitMq('connections that the management command closes, all of them', (node) => {
  it('come back on both sides under load: no idempotent call fails, streams end UNAVAILABLE', async () => {
    const { url } = node()
    const { ran, end } = await startServer({ amqp: { url, queue: 'jobs', prefetch: 50 } })
    const retry = { attempts: 20, maxTokens: 10_000 }
    const caller = createClient({ jobs }, amqp({ url, queue: 'jobs' }), { retry })
    const load = createLoad(async (text) => {
      expect(await caller.jobs.run({ text })).toEqual({ text })
    })
    onTestFinished(async () => {
      load.stop()
      await caller.close()
    })
    const { seen, log } = await start({ url, queue: 'streams' })
    const client = clientOf({ url, queue: 'streams' })
    const loaded = load.keep(40)
    for (let round = 1; round <= rounds; round++) {
      const before = load.answered().length
      await vi.waitFor(() => expect(load.answered().length).toBeGreaterThan(before + 200), patienceMs)
      const doubled = client.words.double()
      await doubled.send({ value: round })
      expect(await doubled.next()).toEqual({ done: false, value: { value: 2 * round } })
      const counted = client.words.count({ value: 1_000_000_000 })
      expect(await counted.next()).toEqual({ done: false, value: { value: 0 } })
      await node().ctl('close_all_connections', `round ${round}`)
      await expect(doubled.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(drained(counted)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await vi.waitFor(() => expect(seen).toEqual(Array.from({ length: round }, () => 'count ended')))
      const said = (text: string) => log.lines.filter(({ message }) => message === text)
      await vi.waitFor(() => expect(said('amqp: connected again')).toHaveLength(round), patienceMs)
      expect(said('amqp: the broker is lost; connecting again').at(-1)?.details).toMatchObject({
        reason: expect.stringContaining(`was lost: CONNECTION_FORCED - round ${round}`),
      })
      expect(await client.words.sum([{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
    }
    load.stop()
    await loaded
    expect(outcomes(load.sent)).toEqual({ OK: load.sent.length })
    await end('SIGTERM')
    expect(new Set(ran).size).toBe(load.sent.length)
  }, 120_000)
})

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}
