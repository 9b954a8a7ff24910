import { buildModules } from './build.ts'
import { interleave } from './interleave.ts'
import { openLab } from './lab.ts'
import type { Effort, Measure } from './measures.ts'
import type { Peer } from './peer.ts'
import { judge, type Goal, type Row } from './report.ts'

/** A row of a suite over the wire: which peers are measured, in which order, and what we want to be beside each. */
export interface WireRow {
  readonly title: string
  readonly unit: string
  readonly measure: Measure
  readonly peers: readonly string[]
  readonly goals: Readonly<Record<string, Goal>>
}

/** A suite that measures clients and servers of several peers, every row interleaved. */
export interface WireSuite {
  readonly peers: Readonly<Record<string, Peer>>
  readonly rows: readonly WireRow[]
}

const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))

/** Runs a suite row by row; `only` names the peers to measure, all when empty. */
export const runWireSuite = async (
  { peers, rows }: WireSuite,
  effort: Effort,
  only: readonly string[],
  onRow: (row: Row) => void,
): Promise<Row[]> => {
  const wanted = (name: string) => only.length === 0 || only.includes(name)
  const modules = Object.entries(peers).flatMap(([name, { server, client }]) =>
    wanted(name) ? [server, client] : [],
  )
  await buildModules(['harness/server-worker', 'harness/client-worker', ...modules])
  const lab = openLab(peers, effort.warmUp)
  const titles = mapValues(peers, ({ title }) => title)
  const judged: Row[] = []
  try {
    for (const { title, unit, measure, goals, peers: names } of rows) {
      const slices = await interleave(names.filter(wanted), effort.rounds, (name) =>
        measure(lab, name, effort),
      )
      if (slices.size === 0) continue
      const row = judge({ title, unit, titles, goals, slices })
      judged.push(row)
      onRow(row)
    }
  } finally {
    await lab.close()
  }
  return judged
}
