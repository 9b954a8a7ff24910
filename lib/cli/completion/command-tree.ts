import type { Command } from 'commander'

/** An option, as a shell completes it. */
export interface OptionNode {
  /** As they are typed: `--out`, `-o`. */
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** The values that there are; empty where any will do. */
  readonly choices: readonly string[]
}

/** A command, as a shell completes it. */
export interface CommandNode {
  /** The words that lead to it, `microapi` the first. */
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly OptionNode[]
  readonly commands: readonly CommandNode[]
  /** What its arguments may be; empty where that is any text, or a file. */
  readonly choices: readonly string[]
}

/** Reads the tree of commands that a program is. */
export function commandTree(command: Command, before: readonly string[] = []): CommandNode {
  const help = command.createHelp()
  const path = [...before, command.name()]
  const commands = help.visibleCommands(command).map((one) => commandTree(one, path))
  const names = command.commands.map((one) => one.name())
  const arguments_ = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  return {
    path,
    description: help.subcommandDescription(command),
    // help takes the name of another one.
    commands: commands.map((one) => (one.path.at(-1) === 'help' ? { ...one, choices: names } : one)),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.long, option.short].filter((name) => name != null),
      description: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: arguments_,
  }
}

/** Every command of a tree, the outermost first. */
export function allCommands(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)]
}
