import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { interleave } from '../harness/interleave.ts'
import type { Effort } from '../harness/measures.ts'
import { judge, type Row } from '../harness/report.ts'
import type { Slice } from '../harness/slice.ts'
import { generatedApp, METHOD_COUNT } from './generate.ts'

const folder = join(import.meta.dirname, '..', '.tmp', 'types')
const tsc = join(
  dirname(
    createRequire(join(import.meta.dirname, '..', '..', 'package.json')).resolve('typescript/package.json'),
  ),
  'bin',
  'tsc',
)

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['*.ts'],
}

/** Both projects load the standard library and Node's types, as any project on Node does: TypeScript's own start. */
const projects: Record<string, Record<string, string>> = {
  empty: { 'empty.ts': 'export {}\n' },
  app: generatedApp(),
}

const write = (name: string): void => {
  mkdirSync(join(folder, name), { recursive: true })
  const files = {
    ...projects[name],
    'package.json': '{ "type": "module" }\n',
    'tsconfig.json': JSON.stringify(tsconfig),
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
}

/** Seconds that `tsc` takes for a project, from its start to its end. */
const check = async (name: string): Promise<Slice> => {
  const start = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(folder, name)], {
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Error(`tsc: ${stdout.split('\n').slice(0, 3).join(' | ') || `ended with ${status}`}`)
  return { figure: (performance.now() - start) / 1e3 }
}

/** What an application of 500 methods adds to a type check. */
export const runTypes = async (effort: Effort, onRow: (row: Row) => void): Promise<Row[]> => {
  rmSync(folder, { recursive: true, force: true })
  for (const name of Object.keys(projects)) write(name)
  const times = await interleave(['app', 'empty'], Math.min(effort.rounds, 5), check)
  const { app, empty } = { app: times.get('app')!, empty: times.get('empty')! }
  const beyond =
    Array.isArray(app) && Array.isArray(empty)
      ? app.map(({ figure }, round) => ({ figure: figure - empty[round]!.figure }))
      : app
  const about = { title: `tsc, ${METHOD_COUNT} methods`, unit: 's' }
  const ours = judge({
    ...about,
    titles: { ours: "beyond TypeScript's own start" },
    goals: { ours: { atMost: 3 } },
    slices: new Map([['ours', beyond]]),
  })
  const wholes = judge({
    ...about,
    titles: { app: 'the whole check', empty: 'an empty project' },
    goals: {},
    slices: times,
  })
  const row = { ...about, lines: [...ours.lines, ...wholes.lines] }
  onRow(row)
  return [row]
}
