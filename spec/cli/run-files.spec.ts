import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { listenUrls } from '../../lib/cli/listen-urls.ts'
import { writeRunFiles, type RunFiles } from '../../lib/cli/run-files.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import { folder, runHere } from './command.ts'
import { run, slow } from './run-command.ts'

const source = `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'
const Text = Type.Object({ text: Type.String() })
export const app = createApp({ services: { demo: defineService({ echo: rpc.unary(Text, Text, (text) => text) }) } })
`

describe('microapi run', () => {
  it('writes a client and .proto files of what it serves, and serves pages about it', slow, async () => {
    const { home } = folder({ 'src/app.ts': source })
    const args = ['--docs', '--generate-lib', '--lib-dir', 'web/api', '--generate-protos']
    const running = run(home, ['src/app.ts', '--port', '0', ...args])
    const url = await running.url('http')
    expect(running.out()).toMatch(
      /^wrote web\/api\/client\.ts\nwrote proto\/demo\.proto\nwrote proto\/proto\.lock/,
    )
    expect(readFileSync(path.join(home, 'web/api/client.ts'), 'utf8')).toContain(
      'export function createApiClient',
    )
    expect(readFileSync(path.join(home, 'proto/demo.proto'), 'utf8')).toContain('rpc echo(')
    const page = await fetch(`${url}/docs`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ exit: 0, error: '' })
  })

  it('takes --docs where something listens over HTTP', async () => {
    expect(await runHere(['run', 'app.ts', '--docs', '--listen', 'grpc://:0'])).toEqual({
      exit: 2,
      out: '',
      error:
        'microapi: --docs is for what listens over HTTP; add --listen http://:8080, or leave --docs out\n',
    })
    const listen = ['http://:1', 'http://:2?prefix=/a', 'http://:3?docs=true', 'ws://:4']
    expect(listenUrls({ listen, docs: true })).toEqual([
      'http://:1?docs=true',
      'http://:2?prefix=/a&docs=true',
      'http://:3?docs=true',
      'ws://:4',
    ])
    expect(listenUrls({ listen })).toEqual(listen)
  })
})

describe('files of an app that runs', () => {
  const app = { source: conformanceContract, file: 'app.ts', isForeign: false } as const
  const write = async (home: string, options: Partial<RunFiles>): Promise<readonly string[]> => {
    const lines: string[] = []
    const terminal = {
      print: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
    }
    const dirs = { libDir: path.join(home, 'lib'), protosDir: path.join(home, 'proto') }
    await writeRunFiles(app, { ...dirs, ...options }, terminal)
    return lines
  }

  it('are left alone where they are as they should be', async () => {
    const { home } = folder({})
    expect(await write(home, { generateLib: 'python' })).toContain(
      `wrote ${path.join(home, 'lib/__init__.py')}`,
    )
    expect(await write(home, { generateLib: 'python' })).toEqual([])
  })

  it('are written all of them, or none', async () => {
    const { home } = folder({ 'proto/proto.lock.json': 'no lock' })
    await expect(write(home, { generateLib: 'ts', generateProtos: true })).rejects.toThrow(
      /proto\.lock\.json/,
    )
    expect(existsSync(path.join(home, 'lib'))).toBe(false)
  })
})
