import { InvalidArgumentError, Option, type Command } from 'commander'
import type { DiffCommandOptions } from '../show-diff.ts'
import type { Terminal } from '../terminal.ts'

const help = `
Each of <old> and <new> is an app or a contract (path/to/file.ts:app), the URL of a server that describes itself, or a
description that generate --description has saved.

Exit codes: 0 nothing breaks, 1 something does, 2 the command line is wrong.

Examples:
  microapi diff api/description.json src/app.ts            what this change would break
  microapi diff https://api.example.com src/app.ts --wire json
  microapi diff v1.json v2.json --lock-old v1.lock.json --lock-new v2.lock.json
  microapi diff v1.json v2.json --fail-on risky            fails on what may break, too
  microapi diff v1.json v2.json --whom new-clients         where clients are deployed first
  microapi diff v1.json v2.json --lines >> accepted.txt    says yes to what it fails on
  microapi diff v1.json v2.json --accept accepted.txt      and fails on nothing of that
  microapi diff v1.json v2.json --json | jq '.changes[] | select(.level == "breaking")'`

/** `microapi diff`: what breaks whom between two versions of an API. */
export function addDiff(program: Command, terminal: Terminal): void {
  program
    .command('diff')
    .description(
      'Says what changed between two versions of an API, and whom it breaks; fails when something breaks.',
    )
    .argument('<old>', 'path/to/file.ts:app, a URL or description.json')
    .argument('<new>', 'the same')
    .addOption(
      new Option('--wire <form>', 'only this form of messages (default: both)').choices(['json', 'protobuf']),
    )
    .addOption(
      new Option('--fail-on <level>', 'the level from which on it fails')
        .choices(['breaking', 'risky'])
        .default('breaking'),
    )
    .option(
      '--whom <names>',
      'who counts: old-clients, new-clients, stored-events (default: old-clients,stored-events)',
      whom,
    )
    .option('--lock-old <file>', 'the proto.lock.json of the old version, which has its field numbers')
    .option('--lock-new <file>', 'the proto.lock.json of the new version')
    .option('--accept <file>', 'changes that nobody is to fail on, a line each; may be said again', files)
    .addOption(
      new Option('--lines', 'a line for each change that it fails on: what --accept takes').conflicts('json'),
    )
    .option('--json', 'all there is to know, as JSON')
    .addHelpText('after', help)
    .action(async (old: string, next: string, options: DiffCommandOptions) => {
      const { showDiff } = await import('../show-diff.ts')
      await showDiff([old, next], options, terminal)
    })
}

function files(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file]
}

function whom(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim().replace('-', ' '))
  const wrong = names.find((name) => !['old clients', 'new clients', 'stored events'].includes(name))
  if (wrong === undefined) return names
  throw new InvalidArgumentError('name some of old-clients, new-clients, stored-events, with commas between.')
}
