/**
 * `microapi init` as a user has it: packs the package, makes a project, installs it by npm, runs its tests, checks its types, serves
 * and calls it once. Prints how long each step takes. Run by hand (`npx tsx scripts/try-init.ts [transport]`): it needs a registry.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

const transport = process.argv[2] ?? 'http'
const home = mkdtempSync(path.join(tmpdir(), 'try-init-'))
const packed = path.join(home, 'package')
const project = path.join(home, 'notes')

function step(name: string, cwd: string, command: string, ...args: readonly string[]): string {
  const from = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  console.log(`${name.padEnd(8)} ${((performance.now() - from) / 1000).toFixed(1)} s`)
  if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

try {
  // Built beside dist/, which others may be reading.
  mkdirSync(packed)
  for (const file of ['package.json', 'CHANGELOG.md']) copyFileSync(file, path.join(packed, file))
  const tsc = path.resolve('node_modules/typescript/bin/tsc')
  step('build', '.', process.execPath, tsc, '-p', 'lib', '--outDir', path.join(packed, 'dist'))
  step('pack', packed, 'npm', 'pack', '--ignore-scripts', '--pack-destination', home)
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz'))!
  symlinkSync(path.resolve('node_modules'), path.join(packed, 'node_modules'))
  const main = path.join(packed, 'dist/cli/main.js')

  const from = performance.now()
  step('init', home, process.execPath, main, 'init', 'notes', '--transport', transport, '--package', tarball)
  step('install', project, 'npm', 'install', '--no-audit', '--no-fund')
  step('test', project, 'npm', 'test')
  step('check', project, 'npm', 'run', 'check')
  if (['http', 'grpc', 'ws'].includes(transport)) await call()
  console.log(
    `init → installed, tested, checked, called: ${((performance.now() - from) / 1000).toFixed(1)} s`,
  )
} finally {
  rmSync(home, { recursive: true, force: true })
}

async function call(): Promise<void> {
  const bin = path.join(project, 'node_modules/.bin/microapi')
  if (!existsSync(bin)) throw new Error(`there is no ${bin}`)
  const args = ['run', 'src/app.ts', '--transport', transport, '--port', '0']
  const server = spawn(process.execPath, [bin, ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    for await (const text of server.stdout.setEncoding('utf8') as AsyncIterable<string>)
      if (/^at \S+\n/m.test((said += text))) break
    const url = /^at (\S+)$/m.exec(said)![1]!
    const answer = step(
      'call',
      project,
      process.execPath,
      bin,
      'call',
      url,
      'notes.write_note',
      '{"text":"tea"}',
    )
    if (!answer.includes('"text":"tea"')) throw new Error(`it answered ${answer}`)
  } finally {
    const ended = server.exitCode === null ? once(server, 'exit') : undefined
    server.kill('SIGTERM')
    await ended
  }
}
