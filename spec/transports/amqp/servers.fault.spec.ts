import { createClient } from 'microapi-ts'
import { amqp, type AmqpOptions } from 'microapi-ts/amqp'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeOwnRabbitMq } from '../../brokers/rabbitmq.ts'
import { jobs } from '../faults/contract.ts'
import { createLoad, outcomes, repeats, type Load } from '../faults/load.ts'
import { startServer, type FaultServer } from '../faults/servers.ts'

/** How long the specs wait for what no promise bounds, in ms: the machine may be busy. */
const patienceMs = 30_000

describeOwnRabbitMq('three servers of one queue under load', (node) => {
  it('that are restarted one after another by SIGTERM: no call fails, nothing runs twice', async () => {
    const options = { url: node().url, queue: 'rolling', prefetch: 50 }
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ amqp: options })))
    const all = [...servers]
    const load = loadOf(options)
    const loaded = load.keep(40)
    for (const server of servers) {
      await working(server)
      expect(await server.end('SIGTERM')).toEqual([0, null])
      all.push(await startServer({ amqp: options }))
    }
    for (const server of all) await working(server)
    load.stop()
    await loaded
    expect(outcomes(load.sent)).toEqual({ OK: load.sent.length })
    const done = await doneBy(all)
    expect({ runs: done.length, repeats: repeats(done) }).toEqual({ runs: load.sent.length, repeats: 0 })
  }, 120_000)

  it('of which two are killed: each of 5,000 messages is done, and no more twice than they had in hand', async () => {
    const prefetch = 50
    const options = { url: node().url, queue: 'killed', prefetch }
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ amqp: options })))
    const [busy, holding] = servers as [FaultServer, FaultServer, FaultServer]
    const load = loadOf(options)
    const loaded = load.keep(200, 5_000)
    await vi.waitFor(() => expect(load.answered().length).toBeGreaterThan(1_000), patienceMs)
    expect(await busy.end('SIGKILL')).toEqual([null, 'SIGKILL'])
    await vi.waitFor(() => expect(load.answered().length).toBeGreaterThan(2_500), patienceMs)
    // The worst that can be: all that it has in hand is done, and none of it answered.
    await holding.hold(prefetch)
    expect(await holding.end('SIGKILL')).toEqual([null, 'SIGKILL'])
    await loaded
    expect(outcomes(load.sent)).toEqual({ OK: 5_000 })
    const done = await doneBy(servers)
    const duplicates = repeats(done)
    expect(done.length - duplicates).toBe(5_000)
    expect(duplicates).toBeGreaterThanOrEqual(prefetch)
    expect(duplicates).toBeLessThanOrEqual(2 * prefetch)
  }, 120_000)
})

/** Calls, none of which is tried again by the client. */
function loadOf(options: AmqpOptions): Load {
  const client = createClient({ jobs }, amqp({ ...options, persistent: true }), { retry: false })
  const load = createLoad(async (text) => {
    expect(await client.jobs.run({ text })).toEqual({ text })
  })
  onTestFinished(async () => {
    load.stop()
    await client.close()
  })
  return load
}

/** Resolves when a server has something to do. */
async function working({ ran }: FaultServer): Promise<void> {
  await vi.waitFor(() => expect(ran.length).toBeGreaterThan(100), patienceMs)
}

/** Ends those that still run; resolves with what all of them did. */
async function doneBy(servers: readonly FaultServer[]): Promise<readonly string[]> {
  await Promise.all(servers.map(({ end }) => end('SIGTERM')))
  return servers.flatMap(({ ran }) => ran)
}
