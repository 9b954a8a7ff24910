import { InvalidArgumentError, type Command } from 'commander'
import { failure, wrongUsage } from '../failure.ts'
import { makeContract } from '../make-contract.ts'
import { makeProto } from '../make-proto.ts'
import { stateOf, writeOutput, type OutputFiles } from '../output-files.ts'
import type { Terminal } from '../terminal.ts'

interface GenerateOptions {
  readonly proto?: boolean
  readonly contract?: boolean
  readonly out: string
  readonly lock?: string
  readonly include?: readonly string[]
  readonly int64?: 'bigint' | 'number'
  readonly check?: boolean
}

const help = `
An app is a file and one of its exports: an app, a contract (services by name), or a function that makes one.
TypeScript is run as it is, by tsx.

Examples:
  microapi generate src/app.ts --proto -o proto            the export "app"
  microapi generate 'src/app.ts:createApp()' --proto -o proto
  microapi generate src/contract.js:contract --proto -o proto --lock proto.lock.json
  microapi generate src/app.ts --proto -o proto --check    in CI: fails when a file is stale
  microapi generate proto/users.proto --contract -o src    src/users.ts, from a .proto file`

/** `microapi generate`: files made of an app, and a contract made of .proto files. */
export function addGenerate(program: Command, terminal: Terminal): void {
  program
    .command('generate')
    .description(
      'Writes files that are made of an app or a contract, or a contract that is made of .proto files.',
    )
    .argument('<source>', 'path/to/file.ts:app; for --contract a .proto file or a descriptor set')
    .option('--proto', 'a .proto file for each service, and the lock of their field numbers')
    .option('--contract', 'a module of TypeScript with the schemas and services of a .proto file')
    .requiredOption('-o, --out <dir>', 'the folder to write to; one for each app')
    .option('--lock <file>', 'where field numbers are kept (default: proto.lock.json in that folder)')
    .option(
      '-I, --include <dir>',
      "where imports stand; may be said again (default: the file's folder)",
      folders,
    )
    .option('--int64 <type>', 'what 64-bit integers become in a contract: bigint or number', int64)
    .option('--check', 'writes nothing, and fails when a file on disk is stale')
    .addHelpText('after', help)
    .action((source: string, options: GenerateOptions) => generate(source, options, terminal))
}

async function generate(source: string, options: GenerateOptions, terminal: Terminal): Promise<void> {
  const made = await make(source, options, terminal)
  await (options.check === true ? check(made) : write(made, terminal))
}

function make(source: string, options: GenerateOptions, terminal: Terminal): Promise<OutputFiles> {
  const { proto = false, contract = false, out, lock, include, int64: type } = options
  if (proto === contract)
    throw wrongUsage(
      `say what to make of ${source}: either --proto or --contract; microapi generate --help says more`,
    )
  return proto
    ? makeProto(source, { out, lock }, terminal)
    : makeContract(source, { out, include, ...(type && { int64: type }) })
}

async function write({ files, leftOver }: OutputFiles, terminal: Terminal): Promise<void> {
  for (const file of files) {
    const wrote = await writeOutput(file)
    terminal.print(`${wrote ? 'wrote' : 'unchanged'} ${file.path}`)
  }
  for (const file of leftOver) terminal.print(`left over ${file}: no service is in it any more; delete it`)
}

async function check({ files, leftOver }: OutputFiles): Promise<void> {
  const states = await Promise.all(files.map(async (file) => ({ file, state: await stateOf(file) })))
  const stale = [
    ...states.filter(({ state }) => state !== 'same').map(({ file, state }) => `${file.path} (${state})`),
    ...leftOver.map((file) => `${file} (left over: delete it)`),
  ]
  if (stale.length > 0)
    throw failure(
      `stale: ${stale.join(', ')}; run the same command without --check, and commit what it writes`,
    )
}

function folders(folder: string, before: readonly string[] = []): readonly string[] {
  return [...before, folder]
}

function int64(text: string): 'bigint' | 'number' {
  if (text === 'bigint' || text === 'number') return text
  throw new InvalidArgumentError('it is bigint or number.')
}
