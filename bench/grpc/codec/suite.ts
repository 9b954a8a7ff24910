import { buildModules } from '../../harness/build.ts'
import { interleave } from '../../harness/interleave.ts'
import type { Effort } from '../../harness/measures.ts'
import { LOAD_CORE, startWorker } from '../../harness/processes.ts'
import { judge, type Row } from '../../harness/report.ts'
import type { Slice } from '../../harness/slice.ts'
import type { Question } from './worker.ts'

const titles = {
  ours: 'microapi-ts',
  protobufjs: 'protobufjs',
  'protobuf-es': 'protobuf-es',
}

const rows = [
  { way: 'encode', title: 'city to protobuf, in process' },
  { way: 'decode', title: 'city from protobuf, in process' },
] as const

/** In process, on one core in turn: what it costs to write and to read the message that the other rows send. */
export const runCodec = async (
  effort: Effort,
  only: readonly string[],
  onRow: (row: Row) => void,
): Promise<Row[]> => {
  const names = Object.keys(titles).filter((name) => only.length === 0 || only.includes(name))
  if (names.length === 0) return []
  await buildModules(['grpc/codec/worker'])
  const workers = new Map(names.map((name) => [name, startWorker('grpc/codec/worker', LOAD_CORE, [name])]))
  const measure = async (name: string, way: Question['do']): Promise<Slice> => {
    const question: Question = { do: way, ms: effort.slice }
    return { figure: await workers.get(name)!.ask<number>(question) }
  }
  const judged: Row[] = []
  try {
    for (const { way, title } of rows) {
      // For warmth; who fails here fails below too, and says why.
      await interleave(names, 1, (name) => measure(name, way))
      const slices = await interleave(names, effort.rounds, (name) => measure(name, way))
      const row = judge({
        title,
        unit: 'messages/s',
        titles,
        goals: { 'protobuf-es': { atLeast: 2 } },
        slices,
      })
      judged.push(row)
      onRow(row)
    }
  } finally {
    for (const worker of workers.values()) await worker.stop()
  }
  return judged
}
