import { InvalidArgumentError, Option, type Command } from 'commander'
import { failure, wrongUsage } from '../failure.ts'
import type { LoadedSource } from '../load-source.ts'
import { stateOf, writeOutput, type OutputFiles } from '../output-files.ts'
import type { Terminal } from '../terminal.ts'

interface GenerateOptions {
  readonly proto?: boolean
  readonly openapi?: boolean
  readonly asyncapi?: boolean
  readonly client?: boolean
  readonly python?: boolean
  readonly description?: boolean
  readonly contract?: boolean
  readonly out: string
  readonly lock?: string
  readonly apiInfo?: string
  readonly name?: string
  readonly include?: readonly string[]
  readonly int64?: 'bigint' | 'number'
  readonly check?: boolean
}

const help = `
An app is a file and one of its exports: an app, a contract (services by name), or a function that makes one.
TypeScript is run as it is, by tsx. In place of an app there may be the URL of a server that describes itself, as under
microapi run --reload, or what --description has written.

Examples:
  microapi generate src/app.ts --proto -o proto            the export "app"
  microapi generate 'src/app.ts:createApp()' --proto -o proto
  microapi generate src/contract.js:contract --proto -o proto --lock proto.lock.json
  microapi generate src/app.ts --proto -o proto --check    in CI: fails when a file is stale
  microapi generate src/app.ts --openapi --asyncapi -o api api/openapi.json and api/asyncapi.json
  microapi generate src/app.ts --client --name shop -o shop   shop/client.ts: createShopClient()
  microapi generate src/app.ts --python -o shop_client  a Python package, shop_client
  microapi generate src/app.ts --description -o api      api/description.json: what else can be made of, and compared
  microapi generate http://127.0.0.1:8080 --client -o shop   from a server that describes itself
  microapi generate api/description.json --openapi -o api
  microapi generate proto/users.proto --contract -o src    src/users.ts, from a .proto file`

/** `microapi generate`: files made of an app, and a contract made of .proto files. */
export function addGenerate(program: Command, terminal: Terminal): void {
  program
    .command('generate')
    .description(
      'Writes files that are made of an app, a contract or a server, or a contract that is made of .proto files.',
    )
    .argument(
      '<source>',
      'path/to/file.ts:app, the URL of a server, or a saved description; for --contract a .proto file or a descriptor set',
    )
    .option('--proto', 'a .proto file for each service, and the lock of their field numbers')
    .option('--openapi', 'openapi.json: what HTTP serves, in OpenAPI 3.1')
    .option('--asyncapi', 'asyncapi.json: what RabbitMQ and Kafka carry, in AsyncAPI 3.0')
    .option('--client', 'client.ts: a client in TypeScript that needs nothing of the server')
    .option('--python', 'a Python package that calls the app over HTTP; the folder has its name')
    .option('--description', 'description.json: what the app is, for the other commands to take in its place')
    .option('--contract', 'a module of TypeScript with the schemas and services of a .proto file')
    .requiredOption('-o, --out <dir>', 'the folder to write to; one for each app')
    .option('--lock <file>', 'where field numbers are kept (default: proto.lock.json in that folder)')
    .option('--name <name>', 'what a client is called: shop makes createShopClient (default: api)')
    .option('--api-info <file>', 'JSON with what the app does not know: title, servers, security')
    .option(
      '-I, --include <dir>',
      "where imports stand; may be said again (default: the file's folder)",
      folders,
    )
    .addOption(
      new Option('--int64 <type>', 'what 64-bit integers become in a contract')
        .choices(['bigint', 'number'])
        .argParser(int64),
    )
    .option('--check', 'writes nothing, and fails when a file on disk is stale')
    .addHelpText('after', help)
    .action((source: string, options: GenerateOptions) => generate(source, options, terminal))
}

async function generate(source: string, options: GenerateOptions, terminal: Terminal): Promise<void> {
  const made = await make(source, options, terminal)
  await (options.check === true ? check(made) : write(made, terminal))
}

/** Makes files of an app. Each is loaded only where it is asked for. */
type Maker = (app: () => Promise<LoadedSource>, options: GenerateOptions) => Promise<OutputFiles>

/** What can be made of an app, any of them at once, by the option that asks for it. */
const makers = {
  proto: async (app, options) => (await import('../make-proto.ts')).makeProto(app, options),
  openapi: async (app, options) => (await import('../make-openapi.ts')).makeOpenApi(app, options),
  asyncapi: async (app, options) => (await import('../make-asyncapi.ts')).makeAsyncApi(app, options),
  client: async (app, options) => (await import('../make-client.ts')).makeClient(app, options),
  python: async (app, options) => (await import('../make-python.ts')).makePython(app, options),
  description: async (app, options) => (await import('../make-description.ts')).makeDescription(app, options),
} as const satisfies Record<string, Maker>

async function make(source: string, options: GenerateOptions, terminal: Terminal): Promise<OutputFiles> {
  const { contract = false, out, include, int64: type } = options
  const wanted = Object.entries<Maker>(makers).filter(([name]) => options[name as keyof typeof makers])
  if (wanted.length > 0 === contract)
    throw wrongUsage(
      `say what to make of ${source}: --contract alone, or any of --${Object.keys(makers).join(', --')}; microapi generate --help says more`,
    )
  if (contract) {
    const { makeContract } = await import('../make-contract.ts')
    return makeContract(source, { out, include, ...(type && { int64: type }) })
  }
  const made: OutputFiles[] = []
  let loaded: Promise<LoadedSource> | undefined
  // Once, whatever is made of it: to load an app is to run it.
  const app = (): Promise<LoadedSource> => (loaded ??= load(source, terminal))
  for (const [, maker] of wanted) made.push(await maker(app, options))
  // Only now is something written: nothing, where one of them cannot be made.
  return {
    files: made.flatMap(({ files }) => files),
    leftOver: made.flatMap(({ leftOver }) => leftOver),
  }
}

async function load(argument: string, terminal: Terminal): Promise<LoadedSource> {
  const { loadSource } = await import('../load-source.ts')
  const source = await loadSource(argument)
  if (source.isForeign && source.file !== undefined) {
    const { foreignCopyNote } = await import('../foreign-copy.ts')
    terminal.warn(`microapi: ${foreignCopyNote(source.file)}`)
  }
  return source
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
