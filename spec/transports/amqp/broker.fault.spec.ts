import { connect } from 'amqplib'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeOwnRabbitMq } from '../../brokers/rabbitmq.ts'
import { createLoad, outcomes } from '../faults/load.ts'
import { clientOf, pythonRequest, start } from './support.ts'

const rounds = 5
const timeoutMs = 5_000

/** How long the specs wait for what no promise bounds, in ms: the machine may be busy. */
const patienceMs = 30_000

describeOwnRabbitMq('a broker that is killed under load and started again', (node) => {
  it('leaves no call hanging, loses nothing that it had, and serves again within 5 s', async () => {
    const { seen } = await start({ url: node().url, queue: 'killed' })
    const client = clientOf({ url: node().url, queue: 'killed' })
    const load = createLoad(async (text) => {
      expect(await client.words.echo({ text }, { timeoutMs })).toEqual({ text })
    })
    onTestFinished(load.stop)
    const kept = await keep(node().url)
    /** Resolves with when the first of what was sent from then on was answered, once enough of it was. */
    const answeredFrom = (ms: number): Promise<number> =>
      vi.waitFor(() => {
        const answered = load.answered().filter(({ began }) => began >= ms)
        if (answered.length < 100) throw new Error(`too few answers: ${said(load.sent)}`)
        return Math.min(...answered.map(({ settled }) => settled!))
      }, patienceMs)
    const recoveredMs: number[] = []
    load.atRate(200)
    let back = await answeredFrom(0)
    for (let round = 0; round < rounds; round++) {
      await kept.send(`round ${round}`)
      // Where it is back it is back for all.
      const since = load.sent.filter(({ began, settled }) => began >= back && settled !== undefined)
      expect(outcomes(since)).toEqual({ OK: since.length })
      await node().kill()
      await kept.lost()
      await node().restart()
      const upAt = Date.now()
      back = await answeredFrom(upAt)
      recoveredMs.push(back - upAt)
    }
    load.stop()
    await vi.waitFor(() => expect(load.pending()).toEqual([]), timeoutMs + patienceMs)

    const codes = Object.keys(outcomes(load.sent))
    expect(codes.filter((code) => !['OK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(code))).toEqual([])
    for (const ms of recoveredMs) expect(ms).toBeLessThanOrEqual(5_000)
    const tookMs = Math.max(...load.sent.map(({ began, settled }) => settled! - began))
    expect(tookMs).toBeLessThanOrEqual(timeoutMs + 5_000)
    const done = new Set(seen)
    expect(load.answered().filter(({ text }) => !done.has(text))).toEqual([])
    await kept.run()
  }, 240_000)
})

/** Requests in a queue that nobody serves while its broker is killed. */
async function keep(url: string) {
  const queue = 'kept'
  const texts: string[] = []
  let calls: Promise<unknown>[] = []
  const client = clientOf({ url, queue, persistent: true }, { retry: false, timeoutMs: 600_000 })
  return {
    /** Sends some; resolves when the broker has them on disk. */
    async send(name: string) {
      const connection = await connect(url)
      const channel = await connection.createConfirmChannel()
      await channel.assertQueue(queue, { durable: true })
      const sent = Array.from({ length: 20 }, (_, index) => `${name}, ${index}`)
      texts.push(...sent)
      calls = sent.map((text) => Promise.resolve(client.words.echo({ text })))
      for (const call of calls) call.catch(() => {})
      await vi.waitFor(
        async () => expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: texts.length }),
        patienceMs,
      )
      // What it confirms it has on disk, and what came before it too.
      const last = `${name}, confirmed`
      texts.push(last)
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(pythonRequest('echo', { text: last }))), {
        persistent: true,
        replyTo: 'nobody',
      })
      await channel.waitForConfirms()
      await connection.close()
    },
    /** Resolves when all callers know that nothing comes any more. */
    async lost() {
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    },
    /** Serves them; resolves when each has run. */
    async run() {
      const { seen } = await start({ url, queue })
      await vi.waitFor(() => expect(seen.toSorted()).toEqual(texts.toSorted()), patienceMs)
    },
  }
}

function said(sent: Parameters<typeof outcomes>[0]): string {
  return JSON.stringify(outcomes(sent))
}
