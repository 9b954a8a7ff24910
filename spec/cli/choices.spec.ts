import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { runHere } from './command.ts'

/** What bash offers behind an option. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out: script } = await runHere(['completion', 'bash'])
  const typed = ['microapi', ...words, ''].map((word) => `'${word}'`).join(' ')
  const question = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length + 1}; _microapi; printf '%s ' "\${COMPREPLY[@]}"`
  const { stdout } = spawnSync('bash', ['--norc', '-c', `${script}\n${question}`], { encoding: 'utf8' })
  return stdout.trim().split(' ')
}

describe('what an option may be', () => {
  it.each([
    ['run', '--transport', ['http', 'grpc', 'ws', 'kafka', 'amqp']],
    ['generate', '--int64', ['bigint', 'number']],
  ])('%s %s: help names it, and the shell offers it', async (command, option, choices) => {
    const { out } = await runHere([command, '--help'])
    const text = out.replaceAll(/\s+/g, ' ')
    expect(text).toMatch(
      new RegExp(`${option} <\\w+> .*?\\(choices: ${choices.map((one) => `"${one}"`).join(', ')}`),
    )
    expect(await offered(command, 'app.ts', option)).toEqual(choices)
  })

  it('a transport that only the app knows by name is left to the app', async () => {
    const { error } = await runHere(['run', 'app.ts', '--transport', 'kafkas', '--listen', 'http://:0'])
    expect(error).toContain('--listen says it all: leave --transport out')
  })
})
