import { allCommands, type CommandNode, type OptionNode } from './command-tree.ts'

/** A script for fish: commands, options and their values, each with what it does; where no value is known, files. */
export function fishScript(tree: CommandNode): string {
  const [name = ''] = tree.path
  return [
    `# ${name} completion. In ~/.config/fish/config.fish: ${name} completion fish | source`,
    ...allCommands(tree).flatMap((node) => linesOf(node, name)),
  ].join('\n')
}

function linesOf(node: CommandNode, name: string): readonly string[] {
  const start = `complete -c ${name} -n ${quoted(conditionOf(node))}`
  return [
    ...node.commands.map(
      ({ path, description }) => `${start} -f -a ${quoted(path.at(-1)!)} -d ${quoted(description)}`,
    ),
    ...(node.choices.length > 0 ? [`${start} -f -a ${quoted(node.choices.join(' '))}`] : []),
    ...node.options.map((option) => [start, ...wordsOf(option)].join(' ')),
  ]
}

/** Whether a command line has come to this command, and to none inside of it. */
function conditionOf({ path, commands }: CommandNode): string {
  const inner = commands.map((one) => one.path.at(-1)!)
  const seen = path.slice(1).map((word) => `__fish_seen_subcommand_from ${word}`)
  const not = inner.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inner.join(' ')}`]
  return [...seen, ...not].join('; and ') || 'true'
}

function wordsOf({ names, description, takesValue, choices }: OptionNode): readonly string[] {
  return [
    ...names.map((one) => (one.startsWith('--') ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`)),
    ...(takesValue ? ['-r'] : []),
    ...(choices.length > 0 ? [`-f -a ${quoted(choices.join(' '))}`] : []),
    `-d ${quoted(description)}`,
  ]
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
