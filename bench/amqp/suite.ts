import { firstCalls, latency, rate, stream, type Effort } from '../harness/measures.ts'
import type { Peer } from '../harness/peer.ts'
import type { Row } from '../harness/report.ts'
import { runWireSuite, type WireSuite } from '../harness/wire-suite.ts'
import { whatIsMissing, withBroker } from './broker.ts'

const peer = (folder: string, title: string): Peer => ({
  title,
  server: `amqp/${folder}/server`,
  client: `amqp/${folder}/client`,
})

/** RabbitMQ: ours with all that it has, beside the package amqplib with JSON by hand and NestJS. */
const amqp: WireSuite = {
  peers: {
    ours: peer('ours', 'microapi-ts, all on'),
    oursEvents: { ...peer('ours', 'microapi-ts, all on'), variant: 'events' },
    bare: peer('bare', 'amqplib, JSON by hand'),
    nest: peer('nest', 'NestJS microservices'),
  },
  rows: [
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'bare', 'nest'],
      goals: { bare: { atLeast: 0.9 }, nest: { atLeast: 1.2 } },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'bare', 'nest'],
      goals: { bare: { atMost: 1.2 } },
    },
    {
      title: 'first 1,000 calls, fresh processes',
      unit: 'calls/s',
      measure: firstCalls(1_000),
      peers: ['ours', 'bare', 'nest'],
      goals: {},
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'bare', 'nest'],
      goals: { bare: { atLeast: 0.5 } },
    },
    {
      title: 'events, confirmed and handled, 10,000',
      unit: 'events/s',
      measure: stream('clientStream', 10_000),
      peers: ['oursEvents', 'bare'],
      goals: { bare: { atLeast: 0.8 } },
      ours: 'oursEvents',
    },
  ],
}

const left = (reason: string): Row[] =>
  amqp.rows.map(({ title, unit }) => ({ title, unit, lines: [], leftOut: reason }))

/** Runs the suite beside a broker. Where there is none, every row is left out with the reason, and the run will exit with 1. */
export const runAmqp = async (
  effort: Effort,
  only: readonly string[],
  onRow: (row: Row) => void,
): Promise<Row[]> => {
  const missing = whatIsMissing()
  if (missing === undefined) return withBroker(() => runWireSuite(amqp, effort, only, onRow))
  process.exitCode = 1
  const rows = left(missing)
  for (const row of rows) onRow(row)
  return rows
}
