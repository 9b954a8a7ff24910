import { buildModules } from '../harness/build.ts'
import { interleave } from '../harness/interleave.ts'
import type { Effort } from '../harness/measures.ts'
import { LOAD_CORE, startWorker } from '../harness/processes.ts'
import { judge, type Row } from '../harness/report.ts'
import type { Slice } from '../harness/slice.ts'

const titles = { ours: 'createClient(app)', handler: 'the handler itself, awaited' }

/** In process: what checks, one middleware and the chain cost beside the handler alone. */
export const runCore = async (effort: Effort, onRow: (row: Row) => void): Promise<Row[]> => {
  await buildModules(['core/worker'])
  const worker = startWorker('core/worker', LOAD_CORE)
  const calls = async (way: string): Promise<Slice> => ({
    figure: await worker.ask<number>({ way, ms: effort.slice }),
  })
  try {
    await calls('ours')
    await calls('handler')
    const row = judge({
      title: 'in process, one call at a time',
      unit: 'calls/s',
      titles,
      goals: { ours: { atLeast: 500_000 } },
      slices: await interleave(['ours', 'handler'], effort.rounds, calls),
    })
    onRow(row)
    return [row]
  } finally {
    await worker.stop()
  }
}
