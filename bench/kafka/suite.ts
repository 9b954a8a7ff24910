import { FULL, latency, rate, stream, type Effort, type Measure } from '../harness/measures.ts'
import type { Peer } from '../harness/peer.ts'
import type { Row } from '../harness/report.ts'
import { runWireSuite, type WireSuite } from '../harness/wire-suite.ts'
import { whatIsMissing, withBroker } from './broker.ts'
import { idleRows } from './idle/rows.ts'

const peer = (folder: string, title: string, variant?: string): Peer => ({
  title,
  server: `kafka/${folder}/server`,
  client: `kafka/${folder}/client`,
  ...(variant !== undefined && { variant }),
})

const titles = {
  ours: 'microapi-ts, all on',
  bare: 'kafkajs, JSON by hand',
  nest: 'NestJS microservices',
}

/** In place of `--short`'s: seven pairs of processes and a broker begin here, which takes its time on two cores. */
const BRIEF: Effort = { rounds: 3, slice: 250, warmUp: { calls: 10_000, withinMs: 1_500 } }

/** The first server's processor time would stand for all of them. */
const scaling: Measure = async (lab, name, effort) => ({
  figure: (await rate(128)(lab, name, effort)).figure,
})

/** Kafka: ours with all that it has, beside the package kafkajs with JSON by hand and NestJS. */
const kafka: WireSuite = {
  peers: {
    ours: peer('ours', titles.ours),
    oursEvents: peer('ours', titles.ours, 'events'),
    bare: peer('bare', titles.bare),
    nest: peer('nest', titles.nest),
    servers1: peer('scale', 'microapi-ts, 1 server', '1'),
    servers2: peer('scale', 'microapi-ts, 2 servers', '2'),
    servers3: peer('scale', 'microapi-ts, 3 servers', '3'),
  },
  rows: [
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'bare', 'nest'],
      goals: { bare: { atLeast: 0.85 } },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'bare', 'nest'],
      goals: { bare: { atMost: 1.3 } },
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'bare'],
      goals: {},
    },
    {
      title: 'events in batches, handled, 10,000',
      unit: 'events/s',
      measure: stream('clientStream', 10_000),
      peers: ['oursEvents', 'bare', 'nest'],
      goals: { bare: { atLeast: 0.8 } },
      ours: 'oursEvents',
    },
    {
      title: '10,000 keys, 12 partitions',
      unit: 'calls/s',
      measure: scaling,
      peers: ['servers3', 'servers2', 'servers1'],
      goals: { servers2: { atLeast: 1.2 }, servers1: { atLeast: 2 } },
      ours: 'servers3',
      maxRounds: 5,
    },
  ],
}

const runAll = async (asked: Effort, only: readonly string[], onRow: (row: Row) => void): Promise<Row[]> => {
  const effort = asked === FULL ? FULL : BRIEF
  const rows = await runWireSuite(kafka, effort, only, onRow)
  const idle = Object.entries(titles).filter(([name]) => only.length === 0 || only.includes(name))
  if (idle.length === 0) return rows
  for (const row of await idleRows(Object.fromEntries(idle), effort)) {
    rows.push(row)
    onRow(row)
  }
  return rows
}

/** Runs the suite beside a Kafka. Where there is none, every row is left out with the reason, and the run will exit with 1. */
export const runKafka = async (
  effort: Effort,
  only: readonly string[],
  onRow: (row: Row) => void,
): Promise<Row[]> => {
  const missing = whatIsMissing()
  if (missing === undefined) return withBroker(() => runAll(effort, only, onRow))
  process.exitCode = 1
  const rows = kafka.rows.map(({ title, unit }): Row => ({ title, unit, lines: [], leftOut: missing }))
  for (const row of rows) onRow(row)
  return rows
}
