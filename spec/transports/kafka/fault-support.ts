/** What the fault cases of Kafka share: options, clients, a look at a group, and a line of figures. */
import { randomBytes } from 'node:crypto'
import type { Admin } from 'kafkajs'
import { createClient, serve, type ClientOptions } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { expect, onTestFinished, vi } from 'vitest'
import { jobsApp, type JobsListener } from '../faults/app.ts'
import { jobs } from '../faults/contract.ts'
import { createLoad, outcomes, type Load, type Sent } from '../faults/load.ts'
import { quietKafka } from './topic-records.ts'

/** How long the specs wait for what no promise bounds, in ms: the machine may be busy. */
export const patienceMs = 60_000

/** Topics and a group that no other case uses, at these brokers. */
export function freshOptions(brokers: readonly string[]) {
  const topic = `faults-${randomBytes(6).toString('hex')}`
  return {
    url: `kafka://${brokers.join(',')}`,
    topic,
    groupId: topic,
    eventPrefix: `${topic}-events.`,
    replyTopic: `${topic}-replies`,
    createTopics: { partitions: 6 },
  }
}

/** A client that is closed behind the test. None of its calls is tried again unless it is told so. */
export function jobsClient(options: KafkaOptions, more?: ClientOptions) {
  const client = createClient({ jobs }, kafka({ ...options, log: recordingLog() }), { retry: false, ...more })
  onTestFinished(() => client.close())
  return client
}

/** Calls of a client, none sent yet. */
export function callsOf({ jobs: { run } }: ReturnType<typeof jobsClient>, timeoutMs = patienceMs): Load {
  return stoppedBehind(
    createLoad(async (text) => {
      expect(await run({ text }, { timeoutMs })).toEqual({ text })
    }),
  )
}

/** How many keys the notes of a client have. */
const keys = 32

/** The key of a note. */
export function keyOf(text: string): string {
  return `key ${Number(text) % keys}`
}

/** Notes of a client, none sent yet. */
export function notesOf({ jobs: { note } }: ReturnType<typeof jobsClient>): Load {
  return stoppedBehind(
    createLoad((text) => note.publish({ key: keyOf(text), text }, { timeoutMs: patienceMs })),
  )
}

function stoppedBehind(load: Load): Load {
  onTestFinished(load.stop)
  return load
}

/** Serves in this process; resolves with what closes it, which comes to pass behind the test at the latest. */
export async function serveHere(
  options: KafkaOptions,
  listener: JobsListener = { ran: () => {}, noted: () => {} },
  graceMs = 10_000,
): Promise<() => Promise<void>> {
  const log = recordingLog()
  const transport = kafka({ ...options, log })
  const server = await serve(jobsApp(listener, log), transport, { signals: false, graceMs })
  onTestFinished(() => server.close())
  return () => server.close()
}

/** An admin that is patient; disconnected behind the test. */
export async function adminOf(brokers: readonly string[]): Promise<Admin> {
  const admin = quietKafka(brokers).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  return admin
}

/** Resolves when a group has so many members, and has dealt its partitions. */
export async function settled(admin: Admin, groupId: string, members: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { groups } = await admin.describeGroups([groupId])
      expect(groups[0]).toMatchObject({ state: 'Stable', members: { length: members } })
    },
    { timeout: patienceMs, interval: 100 },
  )
}

/** Resolves when so many more have been answered. */
export async function answeredMore(load: Load, count: number): Promise<void> {
  const before = load.answered().length
  await vi.waitFor(() => {
    if (load.answered().length < before + count) throw new Error(`too few answers: ${told(load.sent)}`)
  }, patienceMs)
}

/** What became of all, for people. */
export function told(sent: readonly Sent[]): string {
  return JSON.stringify(outcomes(sent))
}

/** How long the slowest took, in ms. */
export function slowestMs(sent: readonly Sent[]): number {
  return Math.max(0, ...sent.map(({ began, settled: end }) => (end ?? Number.NaN) - began))
}

/** Says in one line what a case came to. */
export function printFigures(name: string, figures: Readonly<Record<string, number | string>>): void {
  const all = Object.entries(figures).map(([what, value]) => `${what} ${value}`)
  process.stdout.write(`${name}: ${all.join(', ')}\n`)
}
