import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseWait } from '../duration.ts'
import { oneLine, wrongUsage } from '../failure.ts'
import { logLevels } from '../log-level.ts'
import { libLanguages } from '../lib-languages.ts'
import type { RunAppOptions } from '../run-app.ts'
import type { Terminal } from '../terminal.ts'

const help = `
The transports are http, ws, grpc, kafka and amqp. Ctrl-C and SIGTERM end it: calls in flight finish first; again cuts them off.
The log is JSON, a line each; in a terminal it is for people.

Examples:
  microapi run src/app.ts                                      the export "app", at http://127.0.0.1:8080
  microapi run 'src/app.ts:createApp()' --port 3000 --reload   what a function makes; again on every change
  microapi run src/app.ts --listen http://:8080 --listen grpc://:50051
  microapi run src/app.ts --listen 'amqp://guest:guest@127.0.0.1:5672/?queue=users'
  microapi run src/app.ts --listen 'kafka://127.0.0.1:9092?topic=users&group=users'
  microapi run src/app.ts --reload --docs --generate-lib --lib-dir ../web/src/client
  MICROAPI_HOST=0.0.0.0 MICROAPI_PORT=80 microapi run dist/app.js --log-level warn
  microapi run dist/app.js --host 0.0.0.0 --drain-delay 5s --grace 20s   behind a load balancer that asks who is ready`

/** `microapi run`: serves an app until it is told to end. */
export function addRun(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .description('Serves an app over one transport or many.')
    .argument('<app>', 'path/to/file.ts:app')
    .option('--listen <url>', 'where to listen, as in grpc://:50051; may be said again', urls)
    .addOption(
      new Option('--transport <name>', 'a scheme in place of --listen (default: http)')
        .choices(['http', 'grpc', 'ws', 'kafka', 'amqp'])
        // Those are for help and completion: there are more, as kafkas, and who has them says so itself.
        .argParser(String),
    )
    .addOption(new Option('--host <host>', 'where it listens (default: 127.0.0.1)').env('MICROAPI_HOST'))
    .addOption(
      new Option('--port <port>', "0 takes a free one (default: the transport's)")
        .env('MICROAPI_PORT')
        .argParser(port),
    )
    .option('--reload', 'starts anew when a file changes that the app consists of')
    .option(
      '--describe',
      'offers its description to whoever asks: for call, generate and info by URL (on under --reload)',
    )
    .option(
      '--drain-delay <time>',
      'how long it is not ready before it takes no more calls (default: 0)',
      wait,
    )
    .option('--grace <time>', 'how long calls in flight may go on when it ends (default: 10s)', wait)
    .option('--docs', 'serves /docs over HTTP: pages about the API, and to try it')
    .addOption(
      new Option('--generate-lib [language]', 'writes a client library whenever the app begins (default: ts)')
        .choices(libLanguages)
        .preset('ts'),
    )
    .option('--lib-dir <dir>', "the library's folder; of Python's the package's name", 'client')
    .option('--generate-protos', 'writes .proto files whenever the app begins')
    .option('--protos-dir <dir>', 'their folder', 'proto')
    .addOption(
      new Option('--log-level <level>', 'the least that the log says: info has a line for every call')
        .choices(logLevels)
        .default('info')
        .env('MICROAPI_LOG_LEVEL'),
    )
    .addHelpText('after', help)
    .action(async (app: string, _options: unknown, command: Command) => {
      const clash = ['transport', 'host', 'port'].find((name) => command.getOptionValueSource(name) === 'cli')
      const options = command.optsWithGlobals<RunAppOptions>()
      if (options.listen && clash !== undefined)
        throw wrongUsage(`--listen says it all: leave --${clash} out, or write ${clash} into its URL`)
      const { runApp } = await import('../run-app.ts')
      await runApp(app, options, terminal)
    })
}

function wait(text: string): number {
  try {
    return parseWait(text)
  } catch (error) {
    throw new InvalidArgumentError(oneLine(error))
  }
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new InvalidArgumentError('it is a whole number from 0 to 65535.')
}

function urls(url: string, before: readonly string[] = []): readonly string[] {
  return [...before, url]
}
