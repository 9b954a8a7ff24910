import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readPage } from '../docs/page.ts'
import { folder, runHere } from './command.ts'

it('docs/cli.md shows what the command prints', { timeout: 60_000 }, async () => {
  const { blocks } = readPage('docs/cli.md')
  const sources = blocks.filter(({ language }) => language === 'ts')
  const { shared } = folder(
    Object.fromEntries(sources.map(({ code }) => [/^\/\/ (\S+)/.exec(code)![1]!, code])),
  )
  const commands = blocks
    .map((block, i) => ({ block, next: blocks[i + 1] }))
    .filter(({ block }) => block.language === 'sh' && !block.mark.startsWith('not run'))
  expect(commands).toHaveLength(2)
  for (const { block, next } of commands) {
    const [, args = ''] = /^npx microapi (.*)$/.exec(block.code)!
    const printed = next?.mark === 'prints' ? `${next.code}\n` : ''
    expect(await shared(...args.split(' '))).toEqual({ exit: 0, out: printed, error: '' })
  }
})

it('docs/cli.md lists every option', { timeout: 60_000 }, async () => {
  const page = readFileSync('docs/cli.md', 'utf8')
  const helps = [await runHere(['--help']), await runHere(['generate', '--help'])]
  const options = helps.flatMap(({ out }) =>
    [...out.matchAll(/^ {2}(-.*?) {2,}/gm)].map(([, option]) => option!),
  )
  expect(options).toContain('--proto')
  const everywhere = ['-h, --help', '--version']
  expect(
    options.filter((option) => !everywhere.includes(option) && !page.includes(`| \`${option}\``)),
  ).toEqual([])
})
