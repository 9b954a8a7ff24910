/**
 * `tsx scripts/matrix.ts 22 24`: runs the specs that depend on the runtime under other Nodes.
 * The npm package `node` brings each into .cache/, once.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const specs = [
  'spec/core/',
  'spec/client/',
  'spec/server/',
  'spec/transports/',
  'spec/http2/driver/',
  // How it hears of files that are loaded is not the same on every Node.
  'spec/cli/run-reload.spec.ts',
]
/** Left out below these folders; the rest of spec/ (wire, generate, docs, HTTP/2 without sockets, other commands) is JavaScript alone. */
const left = [
  // They stand on another runtime on the other side, or on a broker: what Node brings to them is in the specs above.
  'spec/transports/browser*',
  'spec/transports/grpc/python*',
  'spec/transports/{amqp,kafka}*',
  'spec/transports/{amqp,kafka}/**',
  // No sockets in them, and the same cases run over HTTP, gRPC and WebSocket.
  'spec/transports/memory*',
  // Services of gRPC like any other, and messages that break their schemas: nothing of Node's is new in them.
  'spec/transports/grpc/{reflection,health,bad-messages}*',
  // The compiler's, which since TypeScript 7 is a program of its own and does not run on Node.
  'spec/core/types.spec.ts',
]
/** Cases that are left out, by their full names, since others of the same file show what Node brings to them. */
const leftCases = [
  // Which client called is a matter of types and checks: the bytes and the sockets that they go through are the same.
  String.raw`.*\(client from a type\)$`,
  // So is the codec: protobuf goes over both engines.
  'gRPC, JSON[, ].*keeps what every transport promises',
  // Two of them start an app of ES modules and one of CommonJS, and start it anew.
  'microapi run --reload (?!serves what files have become|runs CommonJS)',
  'the end of microapi run --reload',
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
  const names = `^(?!${leftCases.join('|')})`
  const choice = [...specs, '-t', names, ...left.flatMap((glob) => ['--exclude', glob])]
  run(node, ['node_modules/vitest/vitest.mjs', 'run', ...choice], env)
}

function run(command: string, args: readonly string[], env = process.env): void {
  console.log(`$ ${path.basename(command)} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
