import { spawnSync } from 'node:child_process'
import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { bashScript, zshScript } from '../../lib/cli/completion/bash-script.ts'
import { commandTree } from '../../lib/cli/completion/command-tree.ts'
import { fishScript } from '../../lib/cli/completion/fish-script.ts'
import { runHere } from './command.ts'

const ask = (shell: string, args: readonly string[], input = '') =>
  spawnSync(shell, args, { input, encoding: 'utf8' })
const has = (shell: string): boolean => ask(shell, ['--version']).status === 0

/** What bash offers behind some words; the last is being typed. */
function offered(script: string, ...words: readonly string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const question = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _microapi; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${script}\n${question}`], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split('\n').filter((line) => line !== '')
}

describe('microapi completion', { timeout: 60_000 }, () => {
  it('bash offers commands, options and values', async () => {
    const { exit, out: script } = await runHere(['completion', 'bash'])
    expect(exit).toBe(0)
    const commands = offered(script, 'microapi', '')
    expect(commands).toEqual(
      expect.arrayContaining([
        'run',
        'info',
        'call',
        'generate',
        'diff',
        'init',
        'completion',
        'version',
        'dlq',
        'help',
      ]),
    )
    expect(offered(script, 'microapi', 'ge')).toEqual(['generate'])
    expect(offered(script, 'microapi', 'help', 'ge')).toEqual(['generate'])
    expect(offered(script, 'microapi', '--')).toEqual(['--version', '--trace', '--help'])
    expect(offered(script, 'microapi', 'diff', '--lock')).toEqual(['--lock-old', '--lock-new'])
    expect(offered(script, 'microapi', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(offered(script, 'microapi', 'init', 'notes', '--transport', '')).toEqual([
      'http',
      'grpc',
      'ws',
      'kafka',
      'amqp',
    ])
    expect(offered(script, 'microapi', 'init', '--transport', '=', 'k')).toEqual(['kafka'])
    expect(offered(script, 'microapi', 'init', '--transport', '=')).toHaveLength(5)
    // The value of an option is no command.
    expect(offered(script, 'microapi', 'generate', 'src/app.ts', '--out', 'run', '--ch')).toEqual(['--check'])
    expect(offered(script, 'microapi', '--trace', 'info', '--js')).toEqual(['--json'])
  })

  it('where files may stand the shell offers them itself', async () => {
    const { out: script } = await runHere(['completion', 'bash'])
    expect(offered(script, 'microapi', 'info', '')).toEqual([])
    expect(offered(script, 'microapi', 'diff', '--lock-old', '')).toEqual([])
    expect(script).toContain('complete -o default -F _microapi microapi')
  })

  const tree = commandTree(
    new Command('microapi')
      .addCommand(
        new Command('outer').addCommand(
          new Command('inner').addOption(new Option('-k, --kind <kind>', "one kind's").choices(['a', 'b'])),
        ),
      )
      .addCommand(new Command('other')),
  )

  it('commands inside of commands', () => {
    const script = bashScript(tree)
    expect(offered(script, 'microapi', 'outer', '')).toEqual(['inner', 'help'])
    expect(offered(script, 'microapi', 'outer', 'inner', '-')).toEqual(['--kind', '-k', '--help', '-h'])
    expect(offered(script, 'microapi', 'outer', 'inner', '-k', '')).toEqual(['a', 'b'])
    expect(offered(script, 'microapi', 'other', 'inner', '-k', '')).toEqual([])
  })

  it('fish is told each word, when, and what it does', () => {
    const lines = fishScript(tree).split('\n')
    expect(lines).toContain(
      String.raw`complete -c microapi -n '__fish_seen_subcommand_from outer; and __fish_seen_subcommand_from inner' -l kind -s k -r -f -a 'a b' -d 'one kind\'s'`,
    )
    expect(lines).toContain(
      "complete -c microapi -n '__fish_seen_subcommand_from outer; and not __fish_seen_subcommand_from inner help' -f -a 'inner' -d ''",
    )
  })

  it('zsh runs what bash runs', () => {
    const [bash, zsh] = [bashScript(tree), zshScript(tree)]
    expect(zsh).toContain('autoload -U +X bashcompinit && bashcompinit')
    expect(zsh).toContain(bash.split('\n').slice(1).join('\n'))
  })

  it.skipIf(!has('zsh'))('zsh reads its script (where zsh is installed)', () => {
    expect(ask('zsh', ['-n'], zshScript(tree))).toMatchObject({
      status: 0,
      stderr: '',
    })
  })

  it.skipIf(!has('fish'))('fish offers what there is (where fish is installed)', () => {
    const input = `${fishScript(tree)}\ncomplete -C 'microapi outer inner --kind '`
    const { status, stdout } = ask('fish', ['--no-config'], input)
    expect({ status, words: stdout.trim().split('\n') }).toEqual({ status: 0, words: ['a', 'b'] })
  })

  it('another shell is refused by name', async () => {
    const { exit, error } = await runHere(['completion', 'tcsh'])
    expect(exit).toBe(2)
    expect(error).toContain('Allowed choices are bash, zsh, fish.')
  })
})
