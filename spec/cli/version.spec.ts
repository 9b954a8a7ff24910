import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { folder, runHere } from './command.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string
  peerDependencies: Record<string, string>
}

it('says what runs here, and what is missing', { timeout: 60_000 }, async () => {
  const { microapi } = folder({
    'node_modules/kafkajs/package.json': '{ "name": "kafkajs", "version": "2.9.9" }',
    'node_modules/amqplib/package.json': 'no JSON',
  })
  const ran = await microapi('version', '--json')
  expect(ran).toMatchObject({ exit: 0, error: '' })
  const said = JSON.parse(ran.out) as {
    microapi: string
    node: string
    packages: Record<string, string | null>
  }
  expect(said).toMatchObject({ microapi: manifest.version, node: process.versions.node })
  expect(Object.keys(said.packages)).toEqual(Object.keys(manifest.peerDependencies))
  expect(said.packages).toMatchObject({ kafkajs: '2.9.9' })
})

it('shows them in a table', async () => {
  const { exit, out } = await runHere(['version'])
  expect(exit).toBe(0)
  const lines = out
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  expect(lines[0]).toEqual(['microapi-ts', manifest.version])
  expect(lines[1]).toEqual(['node', `${process.versions.node} (${process.platform} ${process.arch})`])
  expect(lines.map(([name]) => name)).toContain('tsx')
})
