/**
 * `tsx scripts/matrix.ts 22 24`: type-checks and runs the specs that depend on the runtime under other Nodes.
 * The npm package `node` brings each into .cache/, once.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const specs = ['spec/core/', 'spec/client/', 'spec/server/', 'spec/transports/', 'spec/http2/driver/']
// They stand on another runtime on the other side, or on a broker: what Node brings to them is in the specs above.
const left = [
  'spec/transports/browser*',
  'spec/transports/grpc/python*',
  'spec/transports/amqp*',
  'spec/transports/amqp/**',
]

for (const major of process.argv.slice(2)) {
  const home = path.resolve('.cache', `node-${major}`)
  const bin = path.join(home, 'node_modules', 'node', 'bin')
  const node = path.join(bin, process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) {
    mkdirSync(home, { recursive: true })
    // Its install script is what fetches the binary for this platform.
    writeFileSync(path.join(home, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
    run('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', `node@${major}`])
  }
  // First on the PATH, so that what a spec starts as `node` is that Node too.
  const env = {
    ...process.env,
    PATH: [bin, process.env['PATH']].join(path.delimiter),
    REPORT: `.cache/reports/node-${major}.json`,
  }
  run(node, ['--version'], env)
  run(node, ['node_modules/typescript/bin/tsc', '--noEmit'], env)
  run(
    node,
    ['node_modules/vitest/vitest.mjs', 'run', ...specs, ...left.flatMap((glob) => ['--exclude', glob])],
    env,
  )
}

function run(command: string, args: readonly string[], env = process.env): void {
  console.log(`$ ${path.basename(command)} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
