import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { install } from './harness/install.ts'
import { machine } from './harness/machine.ts'
import { FULL, SHORT } from './harness/measures.ts'
import type { Report } from './harness/report.ts'
import { printRow, printVerdict } from './harness/table.ts'
import { suites } from './suites.ts'

const usage = `npm run bench -- [suite …] [options]
  suites       ${Object.keys(suites).join(', ')}; all of them when none is named
  --short      fewer and shorter rounds, for CI
  --peers A,B  measure only these (see the suite's file for their names)
  --json FILE  write all suites' reports to FILE as well as each to bench/results/<suite>.json
  --no-build   take dist/ as it is
  --strict     exit with 1 when a goal was missed`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    short: { type: 'boolean', default: false },
    peers: { type: 'string', default: '' },
    json: { type: 'string' },
    build: { type: 'boolean', default: true },
    strict: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const names = positionals.length > 0 ? positionals : Object.keys(suites)
const unknown = names.filter((name) => !Object.hasOwn(suites, name))
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `no such suite: ${unknown.join(', ')}\n${usage}` : usage)
  process.exit(values.help ? 0 : 2)
}

install({ build: values.build })
const peers = values.peers.split(',').filter(Boolean)
const about = machine()
console.log(about.line)

const results = join(import.meta.dirname, 'results')
mkdirSync(results, { recursive: true })
const write = (file: string, value: unknown) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

const reports: Report[] = []
for (const name of names) {
  console.log(`\n=== ${name} ===`)
  const rows = await suites[name]!({ effort: values.short ? SHORT : FULL, peers, onRow: printRow })
  const report = { suite: name, rows }
  reports.push(report)
  printVerdict(report)
  write(join(results, `${name}.json`), { ...about.facts, short: values.short, ...report })
}
if (values.json) write(values.json, { ...about.facts, short: values.short, reports })

const lines = reports.flatMap((report) => report.rows).flatMap((row) => row.lines)
// A peer that could not be measured is a broken benchmark; a missed goal is a finding, on a noisy machine not even that.
if (lines.some((line) => line.error) || (values.strict && lines.some((line) => line.goal && !line.reached))) {
  process.exitCode = 1
}
