import { allCommands, type CommandNode } from './command-tree.ts'

/** The words that a command line may go on with, by the path of its command, as cases of a shell. */
function wordCases(
  nodes: readonly CommandNode[],
  words: (node: CommandNode) => readonly string[],
): readonly string[] {
  return nodes.flatMap((node) => {
    const own = words(node)
    return own.length === 0 ? [] : [`    '${node.path.join(' ')}') echo '${own.join(' ')}' ;;`]
  })
}

function table(name: string, cases: readonly string[]): readonly string[] {
  return [`${name}() {`, '  case "$1" in', ...cases, '    *) return 1 ;;', '  esac', '}']
}

/**
 * A script for bash (3.2 and newer), and for zsh by its bashcompinit: commands, options and their values; where none is known,
 * files. Names and values hold no space and no quote, as commander has them.
 */
export function bashScript(tree: CommandNode): string {
  const [name = ''] = tree.path
  const nodes = allCommands(tree)
  const valueCases = nodes.flatMap((node) =>
    node.options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ names, choices }) =>
        names.map((one) => `    '${node.path.join(' ')} ${one}') echo '${choices.join(' ')}' ;;`),
      ),
  )
  const lines = [
    `# ${name} completion. In ~/.bashrc: source <(${name} completion bash)`,
    ...table(
      `_${name}_commands`,
      wordCases(nodes, ({ commands }) => commands.map(({ path }) => path.at(-1)!)),
    ),
    ...table(
      `_${name}_options`,
      wordCases(nodes, ({ options }) => options.flatMap(({ names }) => names)),
    ),
    ...table(
      `_${name}_arguments`,
      wordCases(nodes, ({ choices }) => choices),
    ),
    '# What stands behind an option that takes a value; nothing where any text may.',
    ...table(`_${name}_values`, valueCases),
    `_${name}() {`,
    '  local cur prev at word words i',
    '  COMPREPLY=()',
    '  cur="${COMP_WORDS[COMP_CWORD]}"',
    '  prev="${COMP_WORDS[COMP_CWORD-1]}"',
    '  # The shell takes --option=value apart.',
    '  if [ "$cur" = "=" ]; then cur=""',
    '  elif [ "$prev" = "=" ]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    `  at='${name}'`,
    '  i=1',
    '  while [ "$i" -lt "$COMP_CWORD" ]; do',
    '    word="${COMP_WORDS[i]}"',
    '    case "$word" in',
    `      -*) if _${name}_values "$at $word" >/dev/null && [ "\${COMP_WORDS[i+1]}" != "=" ]; then i=$((i + 1)); fi ;;`,
    `      *) case " $(_${name}_commands "$at") " in *" $word "*) at="$at $word" ;; esac ;;`,
    '    esac',
    '    i=$((i + 1))',
    '  done',
    `  if words="$(_${name}_values "$at $prev")"; then :`,
    `  else case "$cur" in`,
    `    -*) words="$(_${name}_options "$at")" ;;`,
    `    *) words="$(_${name}_commands "$at")" || words="$(_${name}_arguments "$at")" ;;`,
    '  esac; fi',
    '  # Where nothing is known the shell offers files.',
    '  COMPREPLY=( $(compgen -W "$words" -- "$cur") )',
    '}',
    `complete -o default -F _${name} ${name}`,
  ]
  return lines.join('\n')
}

/** The same for zsh, whose bashcompinit runs what bash runs. */
export function zshScript(tree: CommandNode): string {
  const [name = ''] = tree.path
  return [
    `# ${name} completion. In ~/.zshrc: source <(${name} completion zsh)`,
    'autoload -U +X compinit && compinit',
    'autoload -U +X bashcompinit && bashcompinit',
    ...bashScript(tree).split('\n').slice(1),
  ].join('\n')
}
