import { createClient } from 'microapi-ts'
import { kafka as overKafka } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { expect, it, onTestFinished } from 'vitest'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { jobs } from '../faults/contract.ts'
import { createLoad, outcomes } from '../faults/load.ts'
import { startServer } from '../faults/servers.ts'
import {
  adminOf,
  freshOptions,
  jobsClient,
  printFigures,
  serveHere,
  settled,
  slowestMs,
  told,
} from './fault-support.ts'

const leaseMs = 2_000

/** Longer than any case takes: what is told in time was not found out by silence. */
const endlessMs = 600_000

describeOwnKafka('a server that is lost in the midst of a stream', {}, (kafka) => {
  it('killed: the stream is UNAVAILABLE when its lease is over', async () => {
    const options = { ...freshOptions(kafka().brokers), leaseMs }
    const server = await startServer({ kafka: options })
    const stream = jobsClient(options).jobs.count()
    await stream.send({ value: 1 })
    expect(await stream.next()).toEqual({ done: false, value: { value: 2 } })
    const end = endOf(stream)
    await server.end('SIGKILL')
    const killedAt = Date.now()
    expect(await end).toMatchObject({
      code: 'UNAVAILABLE',
      message: `the server of this stream has been silent for ${leaseMs} ms (leaseMs)`,
    })
    const toldMs = Date.now() - killedAt
    printFigures('a server killed in mid-stream', { 'told behind ms': toldMs, leaseMs: leaseMs })
    expect(toldMs).toBeLessThan(leaseMs + 8_000)
  }, 60_000)

  it('closed: the stream is UNAVAILABLE at once', async () => {
    const options = { ...freshOptions(kafka().brokers), leaseMs: endlessMs }
    const close = await serveHere(options, undefined, 200)
    const stream = jobsClient(options).jobs.count()
    await stream.send({ value: 1 })
    expect(await stream.next()).toEqual({ done: false, value: { value: 2 } })
    const began = Date.now()
    const end = endOf(stream)
    const closed = close()
    expect(await end).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('shutting down'),
    })
    printFigures('a server closed in mid-stream', { 'told behind ms': Date.now() - began })
    await closed
  }, 60_000)

  it('not lost, while another comes and goes: the stream goes on', async () => {
    const { brokers } = kafka()
    const options = { ...freshOptions(brokers), leaseMs: endlessMs }
    const admin = await adminOf(brokers)
    await serveHere(options)
    const stream = jobsClient(options).jobs.count()
    let value = 0
    const goesOn = async (): Promise<void> => {
      value++
      await stream.send({ value })
      expect(await stream.next()).toEqual({ done: false, value: { value: value + 1 } })
    }
    await goesOn()
    for (let round = 0; round < 2; round++) {
      const coming = serveHere(options)
      await goesOn()
      const close = await coming
      await settled(admin, options.groupId, 2)
      await goesOn()
      await close()
      await settled(admin, options.groupId, 1)
      await goesOn()
    }
    await stream.end()
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  }, 60_000)
})

describeOwnKafka('500 fresh clients that call at once', {}, (kafka) => {
  it('have 500 answers', async () => {
    const options = freshOptions(kafka().brokers)
    await startServer({ kafka: options })
    // To connect so many at once takes a busy machine longer than any of them would have to wait alone.
    const patient = { ...options, connectTimeoutMs: 90_000, log: recordingLog() }
    const clients = Array.from({ length: 500 }, () =>
      createClient({ jobs }, overKafka(patient), { retry: false }),
    )
    onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))))
    let next = 0
    const load = createLoad(async (text) => {
      expect(await clients[next++]!.jobs.run({ text }, { timeoutMs: 90_000 })).toEqual({ text })
    })
    await load.keep(500, 500)
    printFigures('500 fresh clients', { calls: told(load.sent), 'slowest ms': slowestMs(load.sent) })
    expect(outcomes(load.sent)).toEqual({ OK: 500 })
  }, 180_000)
})

/** What a stream brings next, or fails with. */
function endOf(stream: AsyncIterator<unknown>): Promise<unknown> {
  return stream.next().catch((error: unknown) => error)
}
