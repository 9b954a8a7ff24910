import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { blocksOf } from '../docs/page.ts'
import { folder, runHere } from './command.ts'
import { run, slow } from './run-command.ts'

const text = readFileSync('docs/cli.md', 'utf8')

it('docs/cli.md shows what run says', slow, async () => {
  const blocks = blocksOf(text)
  const app = blocks.find(({ code }) => code.startsWith('// src/app.ts'))!
  const at = blocks.findIndex(({ code }) => code.startsWith('npx microapi run '))
  const [, args = ''] = /^npx microapi run (.*)$/.exec(blocks[at]!.code)!
  const { home } = folder({ 'src/app.ts': app.code })
  const running = run(home, args.replaceAll(/:\d+/g, ':0').split(' '))
  await running.says(/^at grpc.*\n.*\n/m)
  const port = /(?<=127\.0\.0\.1:)\d+/g
  expect(running.out().replaceAll(port, '0')).toBe(`${blocks[at + 1]!.code.replaceAll(port, '0')}\n`)
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ exit: 0 })
})

it('docs/cli.md lists every option of run and info', slow, async () => {
  const helps = [await runHere(['run', '--help']), await runHere(['info', '--help'])]
  const options = helps.flatMap(({ out }) =>
    [...out.matchAll(/^ {2}(-.*?) {2,}/gm)].map(([, option]) => option!),
  )
  expect(options).toEqual(expect.arrayContaining(['--reload', '--json']))
  expect(options.filter((option) => option !== '-h, --help' && !text.includes(`| \`${option}\``))).toEqual([])
  // Each variable stands beside its option, in the help as on the page.
  const variables = [...helps[0]!.out.matchAll(/env:\s+(MICROAPI_\w+)/g)].map(([, name]) => name!)
  expect(variables).toEqual(['MICROAPI_HOST', 'MICROAPI_PORT', 'MICROAPI_LOG_LEVEL'])
  expect(variables.filter((name) => !text.includes(`| \`${name}\``))).toEqual([])
})
