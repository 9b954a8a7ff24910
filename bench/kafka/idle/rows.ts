import { setTimeout as pause } from 'node:timers/promises'
import { buildModules, builtFile } from '../../harness/build.ts'
import { FULL, type Effort } from '../../harness/measures.ts'
import { LOAD_CORE, SERVER_CORE, startWorker, type Worker } from '../../harness/processes.ts'
import { judge, type Row } from '../../harness/report.ts'
import type { Slice } from '../../harness/slice.ts'

const CLIENT = 'kafka/idle/client'

/** How long all do nothing, in ms, and how long before that, for what is done once. */
const IDLE_MS = { full: 20_000, short: 4_000 }
const SETTLE_MS = 1_000

interface State {
  readonly url: string
  /** Microseconds. */
  readonly cpu: number
}

const stateOf = (worker: Worker): Promise<State> => worker.ask<State>('state')

/** What a server and a client of each peer cost that have nothing to do, all at the same time. */
export const idleRows = async (
  titles: Readonly<Record<string, string>>,
  effort: Effort,
): Promise<readonly Row[]> => {
  const names = Object.keys(titles)
  await buildModules(['harness/server-worker', CLIENT, ...names.map((name) => `kafka/${name}/server`)])
  const workers: Worker[] = []
  const start = async (core: number, module: string, variant = ''): Promise<Worker> => {
    const worker = startWorker('harness/server-worker', core, [builtFile(module), variant])
    workers.push(worker)
    await stateOf(worker)
    return worker
  }
  try {
    const pairs = await Promise.all(
      names.map(async (name) => {
        const server = await start(SERVER_CORE, `kafka/${name}/server`)
        const { url } = await stateOf(server)
        return { name, server, client: await start(LOAD_CORE, CLIENT, `${name} ${url}`) }
      }),
    )
    await pause(SETTLE_MS)
    const rest = effort === FULL ? IDLE_MS.full : IDLE_MS.short
    const measure = async (worker: Worker): Promise<number> => {
      const before = await stateOf(worker)
      const begin = performance.now()
      await pause(rest)
      const after = await stateOf(worker)
      return (after.cpu - before.cpu) / (performance.now() - begin) / 10
    }
    const row = async (side: 'server' | 'client'): Promise<Row> => {
      const slices = await Promise.all(
        pairs.map(async (pair): Promise<[string, Slice[]]> => [
          pair.name,
          [{ figure: await measure(pair[side]) }],
        ]),
      )
      return judge({
        title: `idle ${side}, ${rest / 1e3} s`,
        unit: '% of core',
        titles,
        goals: { ours: { atMost: 2 } },
        slices: new Map(slices),
      })
    }
    return await Promise.all([row('server'), row('client')])
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}
