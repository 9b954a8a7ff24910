import type { Command } from 'commander'
import type { InfoOptions } from '../show-info.ts'
import type { Terminal } from '../terminal.ts'

const help = `
Examples:
  microapi info src/app.ts                   the export "app"
  microapi info 'src/app.ts:createApp()'     what a function makes
  microapi info src/contract.ts:contract     services without handlers
  microapi info src/app.ts --json | jq '.services.users.get_user.input'`

/** `microapi info`: what an app or a contract offers. */
export function addInfo(program: Command, terminal: Terminal): void {
  program
    .command('info')
    .description('Shows the services of an app or a contract, their methods, and what these take and give.')
    .argument('<app>', 'path/to/file.ts:app')
    .option('--json', 'all there is to know, as JSON with JSON Schemas')
    .addHelpText('after', help)
    .action(async (app: string, options: InfoOptions) => {
      const { showInfo } = await import('../show-info.ts')
      await showInfo(app, options, terminal)
    })
}
