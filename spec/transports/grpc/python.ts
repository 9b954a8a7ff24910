/** Python's grpcio, both ends of it, as processes that last as long as their test. */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { generateProto } from 'microapi-ts/generate'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { describeWhereThere } from '../../describe-where-there.ts'
import { contract } from './python-contract.ts'

const here = path.resolve('spec/transports/grpc')
/** Debian's own: its packages are there for no other. */
const python = '/usr/bin/python3'

/** Describes what grpcio does. */
export function describePython(name: string, body: () => void): void {
  const reason = whatIsMissing()
  describeWhereThere(name, reason === undefined ? undefined : { reason }, () => {
    beforeAll(makeStubs, 60_000)
    afterAll(() => rmSync(stubs, { recursive: true, force: true }))
    body()
  })
}

function whatIsMissing(): string | undefined {
  const runs = (command: string, ...args: string[]): boolean => {
    const { error, status } = spawnSync(command, args, { stdio: 'ignore', input: '' })
    return !error && status === 0
  }
  if (!runs(python, '-c', 'import grpc, google.protobuf'))
    return 'grpcio is missing: apt-get install python3-grpcio python3-protobuf'
  if (!runs('protoc', '--version')) return 'protoc is missing: apt-get install protobuf-compiler'
  if (!runs('sh', '-c', 'command -v grpc_python_plugin'))
    return 'grpc_python_plugin is missing: apt-get install protobuf-compiler-grpc'
  return undefined
}

let stubs: string

/** Has protoc make Python of what we make of the contract. */
function makeStubs(): void {
  stubs = mkdtempSync(path.join(tmpdir(), 'microapi-python-'))
  for (const [name, text] of Object.entries(generateProto(contract).files))
    writeFileSync(path.join(stubs, name), text)
  for (const name of ['health.proto', 'python-status.proto'])
    copyFileSync(path.join(here, name), path.join(stubs, name))
  const plugin = '--plugin=protoc-gen-grpc='.concat(
    spawnSync('sh', ['-c', 'command -v grpc_python_plugin'], { encoding: 'utf8' }).stdout.trim(),
  )
  const outputs = ['-I', stubs, `--python_out=${stubs}`, `--grpc_out=${stubs}`, plugin]
  const made = spawnSync('protoc', [...outputs, 'interop.proto', 'health.proto', 'python-status.proto'], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
}

/** A process that prints a JSON value a line. */
export interface Python {
  /** What it prints next; rejects, with what it complained of, when it ends before that. */
  next(): Promise<unknown>
  /** All that it prints until it ends; rejects when it fails. */
  rest(): Promise<unknown[]>
  /** Lets it go on where it waits for a line. */
  tell(line?: string): void
  /** Ends it at once, as a crash would. */
  kill(): void
}

/** Runs a scenario of python-client.py against a port of ours. */
export const pythonClient = (port: number, scenario: string): Python =>
  start('python-client.py', `127.0.0.1:${port}`, scenario)

/** Starts python-server.py; resolves when it listens. */
export async function pythonServer(...args: readonly string[]): Promise<Python & { readonly port: number }> {
  const server = start('python-server.py', ...args)
  const { port } = (await server.next()) as { port: number }
  return { ...server, port }
}

function start(script: string, ...args: readonly string[]): Python {
  const child = spawn(python, ['-u', path.join(here, script), ...args], {
    env: { ...process.env, PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  // It may have ended when it is told something.
  child.stdin.on('error', () => {})
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const read = async (): Promise<{ value: unknown } | undefined> => {
    const { done, value } = await lines.next()
    return done === true ? undefined : { value: JSON.parse(value) as unknown }
  }
  return {
    async next() {
      const line = await read()
      if (line) return line.value
      throw new Error(`${script} ended with ${await ended}: ${complaints}`)
    },
    async rest() {
      const all: unknown[] = []
      for (let line = await read(); line; line = await read()) all.push(line.value)
      const code = await ended
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${complaints}`)
      return all
    },
    tell: (line = '') => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill('SIGKILL'),
  }
}
