import { Argument, type Command } from 'commander'
import type { Terminal } from '../terminal.ts'

const help = `
The script knows the commands, options and values of this version.

Examples:
  source <(microapi completion bash)                in ~/.bashrc
  source <(microapi completion zsh)                 in ~/.zshrc
  microapi completion fish | source                 in ~/.config/fish/config.fish
  source <(npx microapi completion bash)            for the one in node_modules/.bin`

/** `microapi completion`: a script by which a shell completes command lines. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('Writes a script by which a shell completes command lines.')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', help)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { commandTree } = await import('../completion/command-tree.ts')
      const { bashScript, zshScript } = await import('../completion/bash-script.ts')
      const { fishScript } = await import('../completion/fish-script.ts')
      const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }
      terminal.print(scripts[shell](commandTree(program)))
    })
}
