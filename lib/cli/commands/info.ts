import type { Command } from 'commander'
import type { InfoOptions } from '../show-info.ts'
import type { Terminal } from '../terminal.ts'

const help = `
Examples:
  microapi info src/app.ts                   the export "app"
  microapi info 'src/app.ts:createApp()'     what a function makes
  microapi info src/contract.ts:contract     services without handlers
  microapi info http://127.0.0.1:8080        a server that describes itself, as under run --reload
  microapi info api/description.json         what generate --description has written
  microapi info src/app.ts --json | jq '.services.users.get_user.input'`

/** `microapi info`: what an app, a contract or a server offers. */
export function addInfo(program: Command, terminal: Terminal): void {
  program
    .command('info')
    .description('Shows the services of an app or a server, their methods, and what these take and give.')
    .argument('<source>', 'path/to/file.ts:app, the URL of a server, or a saved description')
    .option('--json', 'all there is to know, as JSON with JSON Schemas')
    .addHelpText('after', help)
    .action(async (source: string, options: InfoOptions) => {
      const { showInfo } = await import('../show-info.ts')
      await showInfo(source, options, terminal)
    })
}
