import { Option, type Command } from 'commander'
import type { InitOptions } from '../init/init-project.ts'
import type { Terminal } from '../terminal.ts'

const help = `
The folder must not exist, or be empty: nothing is ever overwritten. The project stands there whole, or not at all.

Examples:
  microapi init notes                                        ./notes, served over HTTP
  microapi init @acme/notes --transport grpc                 ./notes, served over gRPC
  microapi init notes --out services/notes
  microapi init notes --package ../microapi-ts-0.1.0.tgz     the package from a file`

/** `microapi init`: a project to begin with. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('Makes a project that installs, runs, tests and type-checks as it is.')
    .argument('<name>', "the package's name, as npm has it")
    .addOption(
      new Option('--transport <name>', 'what it is served over')
        .choices(['http', 'grpc', 'ws', 'kafka', 'amqp'])
        .default('http'),
    )
    .option('-o, --out <dir>', 'the folder (default: the name)')
    .option(
      '--package <spec>',
      'where microapi-ts comes from: a version, a URL, a tarball (default: this version)',
    )
    .addHelpText('after', help)
    .action(async (name: string, options: InitOptions) => {
      const { initProject } = await import('../init/init-project.ts')
      await initProject(name, options, terminal)
    })
}
