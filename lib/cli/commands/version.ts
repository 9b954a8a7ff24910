import type { Command } from 'commander'
import type { VersionOptions } from '../show-version.ts'
import type { Terminal } from '../terminal.ts'

const help = `
Packages are those that the project in this folder has. microapi --version says the version alone.

Examples:
  microapi version
  microapi version --json | jq -r .node`

/** `microapi version`: what runs here. */
export function addVersion(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .description('Says the versions of microapi, of Node, and of the packages that transports need.')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (options: VersionOptions) => {
      const { showVersion } = await import('../show-version.ts')
      showVersion(options, terminal)
    })
}
