import { expect, it, vi } from 'vitest'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { outcomes } from '../faults/load.ts'
import { startServer, type FaultServer } from '../faults/servers.ts'
import { firstTooEarly, watchCommits } from './fault-commits.ts'
import {
  adminOf,
  answeredMore,
  callsOf,
  freshOptions,
  jobsClient,
  notesOf,
  patienceMs,
  printFigures,
  serveHere,
  settled,
  slowestMs,
  told,
} from './fault-support.ts'

/** So soon a server that says nothing is given up, in ms. */
const impatient = { sessionTimeoutMs: 2_000, heartbeatMs: 300 }

describeOwnKafka('servers of one group under load', {}, (kafka) => {
  it('that come, go and are killed, 20 times: all is handled, and nothing committed before', async () => {
    const { brokers } = kafka()
    const options = { ...freshOptions(brokers), ...impatient }
    const eventGroup = `${options.eventPrefix}jobs`
    const eventTopic = `${eventGroup}.note`
    /** When each was handled for the first time, in ms since the epoch. */
    const handled = new Map<string, number>()
    let handlings = 0
    const noted = (text: string, at: number): void => {
      handlings++
      handled.set(text, Math.min(at, handled.get(text) ?? at))
    }
    const comes = () => serveHere(options, { ran: () => {}, noted })
    const admin = await adminOf(brokers)
    const doomed = await Promise.all([1, 2, 3].map(() => startServer({ kafka: options }, { noted })))
    const client = jobsClient(options)
    const calls = callsOf(client)
    const notes = notesOf(client)
    const loaded = calls.keep(20)
    notes.atRate(80)
    const commits = watchCommits(admin, eventGroup, eventTopic)
    let members = doomed.length
    let changes = 0
    const changed = async (by: 1 | -1): Promise<void> => {
      members += by
      changes++
      for (const groupId of [options.groupId, eventGroup]) await settled(admin, groupId, members)
      await answeredMore(calls, 20)
    }
    const staying: (() => Promise<void>)[] = []
    const come = async (): Promise<void> => {
      staying.push(await comes())
      await changed(1)
    }
    const go = async (): Promise<void> => {
      await staying.shift()!()
      await changed(-1)
    }

    await come()
    for (const server of doomed) {
      await come()
      await come()
      await go()
      await server.end('SIGKILL')
      await changed(-1)
      await go()
    }
    for (const step of [come, go, come, go]) await step()
    calls.stop()
    notes.stop()
    await loaded
    await vi.waitFor(() => expect(notes.pending()).toEqual([]), patienceMs)
    await vi.waitFor(
      () => expect(notes.answered().filter(({ text }) => !handled.has(text))).toEqual([]),
      patienceMs,
    )
    const samples = await commits.stop()

    printFigures('servers that come and go', {
      changes,
      calls: told(calls.sent),
      'slowest ms': slowestMs(calls.sent),
      events: told(notes.sent),
      'handled again': handlings - handled.size,
      'commits seen': samples.length,
    })
    expect(changes).toBe(20)
    expect(outcomes([...calls.sent, ...notes.sent])).toEqual({ OK: calls.sent.length + notes.sent.length })
    expect(await firstTooEarly(brokers, eventTopic, samples, handled)).toBeUndefined()
  }, 180_000)

  it('that are restarted one after another by SIGTERM: no call fails', async () => {
    const options = freshOptions(kafka().brokers)
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ kafka: options })))
    const all = [...servers]
    const calls = callsOf(jobsClient(options), 30_000)
    const loaded = calls.keep(40)
    for (const server of servers) {
      await working(server)
      expect(await server.end('SIGTERM')).toEqual([0, null])
      all.push(await startServer({ kafka: options }))
    }
    for (const server of all) await working(server)
    calls.stop()
    await loaded
    const ran = all.flatMap((server) => server.ran)
    printFigures('three servers restarted one after another', {
      calls: told(calls.sent),
      'slowest ms': slowestMs(calls.sent),
      'run again': ran.length - new Set(ran).size,
    })
    expect(outcomes(calls.sent)).toEqual({ OK: calls.sent.length })
  }, 180_000)

  it('of which one stands still: others take what it had, it says so and comes back', async () => {
    const { brokers } = kafka()
    const options = { ...freshOptions(brokers), ...impatient }
    const servers = await Promise.all([1, 2].map(() => startServer({ kafka: options })))
    const [stalled, other] = servers as [FaultServer, FaultServer]
    const admin = await adminOf(brokers)
    const calls = callsOf(jobsClient(options), 30_000)
    const loaded = calls.keep(20)
    for (const server of servers) await working(server)

    stalled.signal('SIGSTOP')
    const began = Date.now()
    // Each partition has its turn, and calls that wait for the one that stands still hold up all others.
    await settled(admin, options.groupId, 1)
    const givenUpMs = Date.now() - began
    await answeredMore(calls, 100)
    expect(other.ran.length).toBeGreaterThan(0)
    stalled.signal('SIGCONT')
    const woken = Date.now()
    const { length } = stalled.ran
    await settled(admin, options.groupId, 2)
    await vi.waitFor(() => expect(stalled.ran.length).toBeGreaterThan(length + 20), patienceMs)
    const backMs = Date.now() - woken
    calls.stop()
    await loaded
    printFigures('one of two servers stands still', {
      calls: told(calls.sent),
      'slowest ms': slowestMs(calls.sent),
      'given up behind ms': givenUpMs,
      'at work again behind ms': backMs,
    })
    expect(outcomes(calls.sent)).toEqual({ OK: calls.sent.length })
    expect(stalled.logged.join('\n')).toContain('warn: kafka: out of touch with the group')
    await vi.waitFor(
      () => expect(stalled.logged.join('\n')).toContain('info: kafka: in touch with the group again'),
      patienceMs,
    )
  }, 120_000)
})

/** Resolves when a server has something to do. */
async function working({ ran }: FaultServer): Promise<void> {
  await vi.waitFor(() => expect(ran.length).toBeGreaterThan(50), patienceMs)
}
