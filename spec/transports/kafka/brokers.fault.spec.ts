import { expect, it, vi } from 'vitest'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { outcomes, repeats } from '../faults/load.ts'
import { startServer } from '../faults/servers.ts'
import {
  adminOf,
  answeredMore,
  callsOf,
  freshOptions,
  jobsClient,
  keyOf,
  notesOf,
  patienceMs,
  printFigures,
  slowestMs,
  told,
} from './fault-support.ts'

const timeoutMs = 5_000

describeOwnKafka('the only broker, killed under load and started again', {}, (kafka) => {
  it('leaves no call hanging, loses no event that was confirmed, and serves again within 10 s', async () => {
    const { brokers, kill, start } = kafka()
    const options = freshOptions(brokers)
    const noted: string[] = []
    await startServer({ kafka: options }, { noted: (text) => noted.push(text) })
    const client = jobsClient(options)
    const calls = callsOf(client, timeoutMs)
    const notes = notesOf(client)
    calls.atRate(200)
    notes.atRate(80)
    await answeredMore(calls, 400)

    const recoveredMs: number[] = []
    for (let round = 0; round < 2; round++) {
      await kill(0)
      await start(0)
      const back = Date.now()
      const after = () => calls.answered().filter(({ began }) => began >= back)
      await vi.waitFor(() => {
        if (after().length < 100) throw new Error(`too few answers since it is back: ${told(calls.sent)}`)
      }, patienceMs)
      recoveredMs.push(Math.min(...after().map(({ settled }) => settled!)) - back)
    }
    calls.stop()
    notes.stop()
    await vi.waitFor(() => expect([...calls.pending(), ...notes.pending()]).toEqual([]), patienceMs)
    await vi.waitFor(() => {
      const done = new Set(noted)
      expect(notes.answered().filter(({ text }) => !done.has(text))).toEqual([])
    }, patienceMs)

    printFigures('the only broker killed twice', {
      calls: told(calls.sent),
      'slowest ms': slowestMs(calls.sent),
      events: told(notes.sent),
      'handled again': repeats(noted),
      'answers behind ms': recoveredMs.join(' '),
    })
    const codes = Object.keys(outcomes([...calls.sent, ...notes.sent]))
    expect(codes.filter((code) => !['OK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(code))).toEqual([])
    for (const ms of recoveredMs) expect(ms).toBeLessThanOrEqual(10_000)
    expect(slowestMs(calls.sent)).toBeLessThanOrEqual(timeoutMs + 5_000)
  }, 180_000)
})

describeOwnKafka('one of three brokers, killed under load', { brokers: 3 }, (kafka) => {
  it('fails no idempotent call, and costs no event nor the order of a key', async () => {
    const { brokers, kill } = kafka()
    const options = freshOptions(brokers)
    /** When each was handled for the first time, in ms since the epoch. */
    const handled = new Map<string, number>()
    const noted = (text: string, at: number): void => {
      handled.set(text, Math.min(at, handled.get(text) ?? at))
    }
    await Promise.all([1, 2].map(() => startServer({ kafka: options }, { noted })))
    const client = jobsClient(options, { retry: { attempts: 20, maxTokens: 10_000 } })
    const calls = callsOf(client)
    const notes = notesOf(client)
    const loaded = calls.keep(20)
    notes.atRate(80)
    await answeredMore(calls, 400)

    const admin = await adminOf(brokers)
    await kill(await coordinatorOf(admin, options.groupId))
    const killedAt = Date.now()
    const after = () => calls.answered().filter(({ began }) => began > killedAt)
    await vi.waitFor(() => {
      if (after().length < 400) throw new Error(`too few answers behind the kill: ${told(calls.sent)}`)
    }, patienceMs)
    calls.stop()
    notes.stop()
    await loaded
    await vi.waitFor(() => expect(notes.pending()).toEqual([]), patienceMs)
    await vi.waitFor(
      () => expect(notes.sent.filter(({ text }) => !handled.has(text))).toEqual([]),
      patienceMs,
    )

    printFigures('one of three brokers killed', {
      calls: told(calls.sent),
      'slowest ms': slowestMs(calls.sent),
      events: told(notes.sent),
      'slowest event ms': slowestMs(notes.sent),
    })
    expect(outcomes(calls.sent)).toEqual({ OK: calls.sent.length })
    expect(outcomes(notes.sent)).toEqual({ OK: notes.sent.length })
    const lastAt = new Map<string, number>()
    const early = notes.sent.filter(({ text }) => {
      const key = keyOf(text)
      const before = lastAt.get(key) ?? 0
      lastAt.set(key, handled.get(text)!)
      return handled.get(text)! < before
    })
    expect(early).toEqual([])
  }, 180_000)
})

/** The broker that a group turns to: the worst that can be lost. */
async function coordinatorOf(admin: Awaited<ReturnType<typeof adminOf>>, groupId: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
  const { partitions } = topics[0]!
  // As Java hashes a string.
  let hash = 0
  for (let at = 0; at < groupId.length; at++) hash = (Math.imul(31, hash) + groupId.charCodeAt(at)) | 0
  const number = (hash & 0x7f_ff_ff_ff) % partitions.length
  return partitions.find(({ partitionId }) => partitionId === number)!.leader
}
