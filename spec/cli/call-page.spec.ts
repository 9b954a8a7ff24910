import path from 'node:path'
import { readFileSync } from 'node:fs'
import { serve, type App } from 'microapi-ts'
import { expect, it, onTestFinished } from 'vitest'
import { blocksOf } from '../docs/page.ts'
import { shell } from './call-command.ts'
import { folder, runHere } from './command.ts'

it('docs/cli.md shows how to call, and what that prints', { timeout: 120_000 }, async () => {
  const text = readFileSync('docs/cli.md', 'utf8')
  const [, section = ''] = /^## Call a method\n([\s\S]*?)^## /m.exec(text) ?? []
  const blocks = blocksOf(section)
  const { home } = folder({
    // The copy that this spec serves with.
    'people.ts': blocks[0]!.code.replace("'microapi-ts'", `'${path.resolve('lib/index.ts')}'`),
  })
  const { app } = (await import(path.join(home, 'people.ts'))) as { app: App }
  const server = await serve(app, ['http://:0', 'grpc://:0', 'ws://:0'], { signals: false, graceMs: 1_000 })
  onTestFinished(() => server.close())

  const commands = blocks
    .map((block, i) => ({ block, next: blocks[i + 1] }))
    .filter(({ block }) => block.language === 'sh')
  expect(commands).toHaveLength(4)
  for (const { block, next } of commands) {
    const line = block.code
      .replaceAll('npx microapi', 'microapi')
      .replaceAll(/\b(http|grpc|ws):\/\/:\d+/g, (_, scheme) =>
        server.urls.find((url) => url.startsWith(`${scheme}:`))!,
      )
    const { out, error } = await shell(line).ran
    expect(out + error).toBe(next?.mark === 'prints' ? `${next.code}\n` : '')
  }
})

it('docs/cli.md lists every option of call', { timeout: 60_000 }, async () => {
  const page = readFileSync('docs/cli.md', 'utf8')
  const { out } = await runHere(['call', '--help'])
  const options = [...out.matchAll(/^ {2}(-.*?) {2,}/gm)].map(([, option]) => option!)
  expect(options).toContain('--no-stdin')
  expect(
    options.filter((option) => !['-', '-h, --help'].includes(option) && !page.includes(`| \`${option}\``)),
  ).toEqual([])
})
