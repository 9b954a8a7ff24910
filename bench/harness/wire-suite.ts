import { spawnSync } from 'node:child_process'
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
  /** Measured in this order; those that the suite does not have (yet) are passed over. */
  readonly peers: readonly string[]
  readonly goals: Readonly<Record<string, Goal>>
  /** Which of the peers is ours here, where it is not `ours`: what the others are divided by. */
  readonly ours?: string
  /** Where fewer rounds do: memory is no matter of a machine's mood. */
  readonly maxRounds?: number
  /** What the row cannot do without: where it is missing, the row is left out and says so. */
  readonly needs?: Tool
}

/** A command that npm cannot install, and the Debian package that it comes with. */
export interface Tool {
  readonly command: string
  readonly package: string
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

const installed = (command: string): boolean => spawnSync(command, ['--version']).error === undefined

/** Runs a suite row by row; `only` names the peers to measure, all when empty. */
export const runWireSuite = async (
  { peers, rows }: WireSuite,
  effort: Effort,
  only: readonly string[],
  onRow: (row: Row) => void,
): Promise<Row[]> => {
  const wanted = (name: string) => Object.hasOwn(peers, name) && (only.length === 0 || only.includes(name))
  const modules = Object.entries(peers).flatMap(([name, { server, client }]) =>
    wanted(name) ? [server, client] : [],
  )
  await buildModules(['harness/server-worker', 'harness/client-worker', ...modules])
  const lab = openLab(peers, effort.warmUp)
  const titles = mapValues(peers, ({ title }) => title)
  const measured = async (row: WireRow, names: string[]): Promise<Row> => {
    const { title, unit, measure, goals, needs, ours = 'ours', maxRounds = Infinity } = row
    if (needs && !installed(needs.command)) {
      return {
        title,
        unit,
        lines: [],
        leftOut: `${needs.command} is missing (apt-get install ${needs.package})`,
      }
    }
    const slices = await interleave(names, Math.min(effort.rounds, maxRounds), (name) =>
      measure(lab, name, effort),
    )
    return judge({ title, unit, titles, goals, slices, ours })
  }
  const judged: Row[] = []
  try {
    for (const wireRow of rows) {
      const names = wireRow.peers.filter(wanted)
      if (names.length === 0) continue
      const row = await measured(wireRow, names)
      judged.push(row)
      onRow(row)
    }
  } finally {
    await lab.close()
  }
  return judged
}
