import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setInterval } from 'node:timers/promises'
import { createApp, createClient, rpc, serve } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { isOnPath } from '../../brokers/on-path.ts'
import { describeWhereThere } from '../../describe-where-there.ts'
import { freshOptions, patienceMs, printFigures } from './fault-support.ts'
import { bills, orders } from './shop-contract.ts'

/** How long may be waited for something, and how long between two looks, in ms. */
const patient = { timeout: 2 * patienceMs, interval: 500 }

const script = fileURLToPath(new URL('shop-server.ts', import.meta.url))

/** Starts a server; resolves when it serves. What is returned kills it with -9. */
async function startShop(options: KafkaOptions): Promise<() => Promise<unknown>> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const kill = (): Promise<unknown> => (child.kill('SIGKILL'), closed)
  onTestFinished(async () => void (await kill()))
  const gone = closed.then(() => expect.unreachable('the server has ended before it served'))
  await Promise.race([once(child.stdout, 'data'), gone])
  return kill
}

/** The numbers of all bills that can be seen by who reads only what was committed: by librdkafka, which is not ours. */
function readBills(brokers: readonly string[], topic: string): readonly number[] {
  const args = ['-C', '-q', '-u', '-b', brokers.join(','), '-t', topic, '-o', 'beginning', '-f', '%s\\n']
  const reader = spawn('kcat', [...args, '-X', 'isolation.level=read_committed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void reader.kill())
  const billed: number[] = []
  createInterface({ input: reader.stdout }).on('line', (line) => {
    billed.push((JSON.parse(line) as { payload: { number: number } }).payload.number)
  })
  return billed
}

const missing = isOnPath('kcat') ? undefined : { reason: 'it needs kcat: apt-get install kcat' }

describeWhereThere('exactlyOnce', missing, () => {
  describeOwnKafka('with servers that are killed', {}, (kafkaCluster) => {
    it('has each order billed once, however often its servers are killed', { timeout: 240_000 }, async () => {
      const { brokers } = kafkaCluster()
      const options: KafkaOptions = { ...freshOptions(brokers), sessionTimeoutMs: 2_000, heartbeatMs: 300 }
      // Somebody else's events: their topic is there once they have been served.
      const other = createApp({ services: { bills: rpc.implement(bills, { made: () => {} }) } })
      const aside = { topic: `${options.topic}-other`, groupId: `${options.groupId}-other` }
      await (await serve(other, kafka({ ...options, ...aside }), { signals: false })).close()
      let kill = await startShop(options)
      const billed = readBills(brokers, `${options.eventPrefix}bills.made`)
      const client = createClient({ orders }, kafka(options))
      onTestFinished(() => client.close())

      let placed = 0
      let isOver = false
      const placing = (async () => {
        // So that there is always one in hand, and never many.
        for await (const _ of setInterval(10)) {
          if (isOver) return
          await client.orders.placed.publish({ number: placed++ })
        }
      })()
      for (let kills = 1; kills <= 4; kills++) {
        const before = billed.length
        await vi.waitFor(() => expect(billed.length).toBeGreaterThan(before + 20), patient)
        // In the midst of some transaction: there is always one.
        await kill()
        kill = await startShop(options)
      }
      isOver = true
      await placing
      await vi.waitFor(() => expect(new Set(billed).size).toBe(placed), patient)
      // Behind all of them in every partition: what comes twice would have come before.
      const last = Array.from({ length: 30 }, (_, i) => placed + i)
      await client.orders.placed.publishBatch(last.map((number) => ({ number })))
      await vi.waitFor(() => expect(billed).toEqual(expect.arrayContaining(last)), patient)
      printFigures('exactlyOnce, four kills', { orders: placed, bills: billed.length - 30 })
      expect(billed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: placed + 30 }, (_, i) => i))
    })
  })
})
