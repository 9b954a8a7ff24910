import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addCall } from './commands/call.ts'
import { addCompletion } from './commands/completion.ts'
import { addDiff } from './commands/diff.ts'
import { addDlq } from './commands/dlq.ts'
import { addGenerate } from './commands/generate.ts'
import { addInfo } from './commands/info.ts'
import { addInit } from './commands/init.ts'
import { addRun } from './commands/run.ts'
import { addVersion } from './commands/version.ts'
import { CommandError, exitCodes, oneLine } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Every command, each in a file of its own. */
const commands = [addCall, addCompletion, addDiff, addDlq, addGenerate, addInfo, addInit, addRun, addVersion]

const help = `
Exit codes: 0 all is well, 1 it failed or files are stale, 2 the command line is wrong.`

/** Runs a command line, without `node` and the script. Gives the exit code; failures are told in one line. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok
      // Help was asked for by giving no command, and is on the screen.
      if (error.code !== 'commander.help') terminal.warn(`microapi: ${misuse(error, args, program)}`)
      return exitCodes.usage
    }
    terminal.warn(`microapi: ${oneLine(error)}`)
    if (program.opts<{ trace?: boolean }>().trace === true) terminal.warn(traceOf(error))
    return error instanceof CommandError ? error.exitCode : exitCodes.failure
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('microapi')
    .description('What can be done with an app or a contract from the command line.')
    .version(version(), '--version', 'says the version')
    .option('--trace', 'shows the stack of a failure')
    .helpOption('-h, --help', 'shows this')
    .helpCommand('help [command]', 'shows the options of a command')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
      outputError: () => {},
    })
  for (const add of commands) add(program, terminal)
  return program
}

function misuse(error: CommanderError, args: readonly string[], program: Command): string {
  const named = program.commands.find((command) => args.includes(command.name()))
  const where = named ? `microapi ${named.name()} --help` : 'microapi --help'
  return `${oneLine(error).replace(/^error: /, '')}; ${where} says more`
}

function traceOf(error: unknown): string {
  const inner = error instanceof CommandError ? (error.cause ?? error) : error
  return inner instanceof Error ? (inner.stack ?? inner.message) : String(inner)
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
