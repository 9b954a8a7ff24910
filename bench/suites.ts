import { runAmqp } from './amqp/suite.ts'
import { runCore } from './core/suite.ts'
import { runCodec } from './grpc/codec/suite.ts'
import { grpc } from './grpc/suite.ts'
import type { Effort } from './harness/measures.ts'
import type { Row } from './harness/report.ts'
import { runWireSuite, type WireSuite } from './harness/wire-suite.ts'
import { http } from './http/suite.ts'
import { http2 } from './http2/suite.ts'
import { runKafka } from './kafka/suite.ts'
import { runTypes } from './types/suite.ts'
import { ws } from './ws/suite.ts'

export interface SuiteOptions {
  readonly effort: Effort
  /** Names of the peers to measure; all when empty. */
  readonly peers: readonly string[]
  /** Called with every row as soon as it is measured. */
  readonly onRow: (row: Row) => void
}

/** A benchmark that can be named on the command line. */
export type Suite = (options: SuiteOptions) => Promise<Row[]>

const wire =
  (suite: WireSuite): Suite =>
  ({ effort, peers, onRow }) =>
    runWireSuite(suite, effort, peers, onRow)

export const suites: Readonly<Record<string, Suite>> = {
  http: wire(http),
  http2: wire(http2),
  grpc: async ({ effort, peers, onRow }) => [
    ...(await runWireSuite(grpc, effort, peers, onRow)),
    ...(await runCodec(effort, peers, onRow)),
  ],
  ws: wire(ws),
  amqp: ({ effort, peers, onRow }) => runAmqp(effort, peers, onRow),
  kafka: ({ effort, peers, onRow }) => runKafka(effort, peers, onRow),
  core: ({ effort, onRow }) => runCore(effort, onRow),
  types: ({ effort, onRow }) => runTypes(effort, onRow),
}
